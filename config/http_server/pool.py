"""A pool of threads. The thread that became free last is used first, because it is warm."""

import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Generic, TypeVar

Work = TypeVar("Work")


class Pool(Generic[Work]):
    """At most ``size`` threads, started when they are needed. Work waits if no thread is free."""

    def __init__(self, name: str, size: int, do: Callable[[Work], None]) -> None:
        self._name, self._size, self._do = name, size, do
        self._free: list[SimpleQueue[Work]] = []
        self._waiting: deque[Work] = deque()
        self._started = 0
        self._lock = threading.Lock()

    def submit(self, work: Work) -> None:
        with self._lock:
            if self._free:
                self._free.pop().put(work)
                return
            if self._started == self._size:
                self._waiting.append(work)
                return
            self._started += 1
            name = f"{self._name}-{self._started}"
        threading.Thread(target=self._run, args=[work], name=name, daemon=True).start()

    def may_spare_me(self) -> bool:
        """Whether another thread could begin other work now. Reads without a lock: only a hint."""
        return bool(self._free) or self._started < self._size

    def _run(self, work: Work) -> None:
        mine: SimpleQueue[Work] = SimpleQueue()
        while True:
            self._do(work)
            with self._lock:
                if self._waiting:
                    work = self._waiting.popleft()
                    continue
                self._free.append(mine)
            work = mine.get()
