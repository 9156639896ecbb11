"""Limits concurrent calls to other systems, so that some threads remain for requests from them.

A call to another system keeps a thread waiting, and the other system may call back before it
answers, perhaps this very process. If calls could take every thread, they would wait for each other
until they timed out. So calls to providers and to casinos share one gate: half of the process's
threads may be in calls, a quarter may wait in line for a place, and the last quarter always remains
for requests that wait for nobody.

Each partner, a provider or a casino, has a share of the places, so that one that hangs cannot take
all. A partner may take another place while it has fewer than twice the free places. One partner
alone can take two thirds; the more partners are busy, the fewer places each has. Only a partner
that has no place can take the last one.
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
"""Concurrent calls for one player's session. That is enough for two tabs and a double click."""


class TooManyCalls(Exception):
    """No place became free in time. Nothing was started; the caller may try again later."""


class _Places:
    """A number of places that partners share."""

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
    """The places of one process. ``threads`` is its number of threads that serve requests."""

    def __init__(self, threads: int) -> None:
        self._under_way = _Places(max(1, min(threads - 1, max(2, threads // 2))))
        self._in_line = _Places(threads // 4)
        self._holders: Counter[str] = Counter()
        self._changed = threading.Condition()

    @contextmanager
    def place(self, *, partner: str, holder: str = "") -> Iterator[None]:
        """Hold a place while calls to ``partner`` are made.

        Waits in line for a place, for at most LONGEST_WAIT_SECONDS. ``holder`` names a player's
        session, which has a limit of its own and does not wait. First gives the thread's database
        connections back, so that nobody waits for them meanwhile.

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
                raise TooManyCalls("Too many requests of this session are in progress.")
            self._holders[holder] += 1
        try:
            yield
        finally:
            with self._changed:
                self._holders[holder] -= 1
                if not self._holders[holder]:
                    del self._holders[holder]

    def _enter(self, partner: str) -> None:
        """Take a place, immediately or after waiting in line."""
        if not self._under_way.has_one_for(partner):
            self._wait_in_line(partner)
        self._under_way.take(partner)

    def _wait_in_line(self, partner: str) -> None:
        if not self._in_line.has_one_for(partner):
            raise TooManyCalls("Too many calls are in progress.")
        self._in_line.take(partner)
        try:
            until = time.monotonic() + LONGEST_WAIT_SECONDS
            while not self._under_way.has_one_for(partner):
                if not self._changed.wait(until - time.monotonic()):
                    raise TooManyCalls("Too many calls are in progress.")
        finally:
            self._in_line.give_back(partner)


GATE = CallGate(settings.BLOCKING_THREADS)
"""The gate of this process."""
