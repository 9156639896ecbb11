"""Bounds the calls to other systems that are under way, so that threads are left to answer theirs.

A call to another system keeps a thread waiting, and the other system may call back before it
answers, perhaps to this very process. If calls could take every thread, they would wait for each
other until they timed out. So calls in both directions, to providers and to casinos, share one
gate: half of the process's threads may be in calls, a quarter may wait in line for that, and the
last quarter is always there for requests that wait for nobody.

Each partner, a provider or a casino, has a share of the places: one that hangs cannot take those of
the others. A partner may take another place while it has less than twice of what is free, so one
alone has two thirds, and the more partners are busy, the less each has. The last place goes to a
partner that has none.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from config.wire.client import let_go_of_databases

LONGEST_WAIT_SECONDS = 2.0
MOST_OF_ONE_HOLDER = 4
"""Calls under way of one player's session: two tabs and a double click."""


class TooManyCalls(Exception):
    """There was no place in time. Nothing was begun; the caller may try again later."""


class _Places:
    """So many, shared out among partners."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.taken: Counter[str] = Counter()

    def has_one_for(self, partner: str) -> bool:
        free = self.size - self.taken.total()
        mine = self.taken[partner]
        return free > 0 and (mine == 0 or (free > 1 and mine < 2 * free))

    def take(self, partner: str) -> None:
        self.taken[partner] += 1

    def give_back(self, partner: str) -> None:
        self.taken[partner] -= 1
        if not self.taken[partner]:
            del self.taken[partner]


class CallGate:
    """The places of one process. ``threads``: how many it has to serve requests with."""

    def __init__(self, threads: int) -> None:
        self._under_way = _Places(max(1, min(threads - 1, max(2, threads // 2))))
        self._in_line = _Places(threads // 4)
        self._holders: Counter[str] = Counter()
        self._changed = threading.Condition()

    @contextmanager
    def place(self, *, partner: str, holder: str = "") -> Iterator[None]:
        """Keep a place while calls to ``partner`` are made.

        Waits in line for it, for LONGEST_WAIT_SECONDS at the most. ``holder`` names a player's
        session, which has a bound of its own and does not wait for it. Gives the thread's database
        connections back first: nobody waits for one meanwhile.

        Raises:
            TooManyCalls
        """
        let_go_of_databases()
        with self._one_of_its_own(holder):
            with self._changed:
                self._enter(partner)
            try:
                yield
            finally:
                with self._changed:
                    self._under_way.give_back(partner)
                    self._changed.notify_all()

    @contextmanager
    def _one_of_its_own(self, holder: str) -> Iterator[None]:
        if not holder:
            yield
            return
        with self._changed:
            if self._holders[holder] >= MOST_OF_ONE_HOLDER:
                raise TooManyCalls("Too many requests of this session are under way.")
            self._holders[holder] += 1
        try:
            yield
        finally:
            with self._changed:
                self._holders[holder] -= 1
                if not self._holders[holder]:
                    del self._holders[holder]

    def _enter(self, partner: str) -> None:
        """Take a place, at once or after waiting in line."""
        if not self._under_way.has_one_for(partner):
            self._wait_in_line(partner)
        self._under_way.take(partner)

    def _wait_in_line(self, partner: str) -> None:
        if not self._in_line.has_one_for(partner):
            raise TooManyCalls("Too many calls are under way.")
        self._in_line.take(partner)
        try:
            until = time.monotonic() + LONGEST_WAIT_SECONDS
            while not self._under_way.has_one_for(partner):
                if not self._changed.wait(until - time.monotonic()):
                    raise TooManyCalls("Too many calls are under way.")
        finally:
            self._in_line.give_back(partner)


GATE = CallGate(settings.BLOCKING_THREADS)
"""That of this process."""
