"""Threads that take all waiting requests, one after the other, and finish them together."""

import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Generic, TypeVar

Work = TypeVar("Work")
Bell = SimpleQueue[None]
"""Wakes the thread to which it belongs."""

HELD_UP_SECONDS = 0.005
"""If the taking thread is busy with one request for longer, another thread continues taking."""
GATHER_SECONDS = 0.02
"""How long a thread keeps taking requests while another thread carries out its earlier ones."""


class Crew(Generic[Work]):
    """At most ``size`` threads, started when needed. One thread at a time takes waiting work.

    ``begin`` is called with each of up to ``most`` works, and says whether to carry it out with the
    others. Then ``carry_out`` and ``end`` are called with those. A thread keeps taking until the
    works of another thread make way, so more works are done together by fewer threads.
    """

    def __init__(
        self,
        name: str,
        size: int,
        most: int,
        *,
        begin: Callable[[Work], bool],
        carry_out: Callable[[list[Work], Callable[[], None]], None],
        end: Callable[[list[Work]], None],
    ) -> None:
        self._name, self._size, self._most = name, size, most
        self._begin, self._carry_out, self._end = begin, carry_out, end
        self._waiting: deque[Work] = deque()
        self._free: list[Bell] = []
        self._started = 0
        self._taker: Bell | None = None
        self._took_at = 0.0
        self._gathers = False
        self._carrying_out = 0
        self._lock = threading.Lock()

    @property
    def has_waiting(self) -> bool:
        """Whether there is work that no thread has taken. If so, ``call`` again after a while."""
        return bool(self._waiting)

    def submit(self, work: Work) -> None:
        self.put(work)
        self.call()

    def put(self, work: Work) -> None:
        """Leave the work here until the next ``call``."""
        self._waiting.append(work)

    def call(self) -> None:
        """Let a thread take the waiting work, unless one is already doing so."""
        with self._lock:
            if self._gathers:
                self._wake_taker()
                return
            now = monotonic()
            is_taken = self._taker is not None and now - self._took_at < HELD_UP_SECONDS
            if not self._waiting or is_taken:
                return
            self._took_at = now
            if self._free:
                self._taker = self._free.pop()
                self._taker.put(None)
            elif self._started < self._size:
                self._taker = self._start()

    def may_spare_me(self) -> bool:
        """Whether the calling thread is the only one with work. This is only a hint."""
        return not self._waiting and len(self._free) >= self._started - 1

    def _wake_taker(self) -> None:
        self._gathers = False
        if self._taker is not None:
            self._took_at = monotonic()
            self._taker.put(None)

    def _start(self) -> Bell:
        self._started += 1
        mine: Bell = SimpleQueue()
        name = f"{self._name}-{self._started}"
        threading.Thread(target=self._run, args=[mine], name=name, daemon=True).start()
        return mine

    def _run(self, mine: Bell) -> None:
        while True:
            taken, begun = self._take_all(mine)
            if begun:
                self._carry_out_all(begun)
                self._end(begun)
            elif not taken:
                mine.get()

    def _carry_out_all(self, begun: list[Work]) -> None:
        has_made_way = False

        def make_way() -> None:
            nonlocal has_made_way
            with self._lock:
                self._carrying_out -= not has_made_way
                has_made_way = True
                if self._gathers:
                    self._wake_taker()

        try:
            self._carry_out(begun, make_way)
        finally:
            make_way()

    def _take_all(self, mine: Bell) -> tuple[int, list[Work]]:
        """The number of works taken, and the works to carry out together."""
        taken, begun = 0, list[Work]()
        gather_until = 0.0
        while True:
            with self._lock:
                work = self._next(mine, taken)
                gathers = work is None and self._may_gather(mine, len(begun), gather_until)
                if work is None and not gathers:
                    self._leave(mine, taken, len(begun))
                    break
            if work is not None:
                taken += 1
                if self._begin(work):
                    begun.append(work)
                    gather_until = gather_until or monotonic() + GATHER_SECONDS
            else:
                with suppress(Empty):
                    mine.get(timeout=max(0.0, gather_until - monotonic()))
                self._gathers = False
        if self._waiting:
            self.call()
        return taken, begun

    def _next(self, mine: Bell, taken: int) -> Work | None:
        """The next work; None if nothing waits or another thread takes it."""
        if not taken:
            if mine in self._free:
                self._free.remove(mine)
            if self._taker is None:
                self._taker = mine
        if self._taker is not mine or not self._waiting or taken >= self._most:
            return None
        self._took_at = monotonic()
        return self._waiting.popleft()

    def _may_gather(self, mine: Bell, begun: int, until: float) -> bool:
        if self._taker is not mine or not begun or begun >= self._most or not self._carrying_out:
            return False
        self._gathers = monotonic() < until
        return self._gathers

    def _leave(self, mine: Bell, taken: int, begun: int) -> None:
        if self._taker is mine:
            self._taker = None
        if begun:
            self._carrying_out += 1
        if not taken:
            self._free.append(mine)
