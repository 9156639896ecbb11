"""Brings together the operations that wait at the same time in a process.

The open line never waits for a wallet that somebody else has locked. An operation on such a wallet
moves to a line for that wallet alone, which does wait. Further operations on the wallet join that
line, so a hot wallet is locked once for all of them, and holds up nobody else.
"""

import threading
from collections.abc import Callable, Sequence

from django.conf import settings

from casino.ledger.execution import Key, Outcome, alone
from casino.ledger.lines import Line, Place, nobody
from casino.ledger.pipeline import give_connection_back
from config.postgres.limits import asked_for


class Desk:
    """The lines of a process: an open line, and one for each wallet that somebody else holds.

    ``patience_seconds`` is how long to wait in a line; 0 waits as long as it takes.
    """

    def __init__(self, *, at_once: int, patience_seconds: float) -> None:
        self._patience = patience_seconds or -1
        self._open = Line(waits=False, at_once=at_once)
        self._mutex = threading.Lock()
        self._of_wallets: dict[Key, Line] = {}

    def serve(self, places: Sequence[Place], make_way: Callable[[], None] = nobody) -> None:
        """Post these, up to MOST_TOGETHER, with whatever waits at the same time.

        Those whose wallet somebody else holds are left without an outcome. ``make_way`` is called
        as soon as it is useful to bring others, which is before this returns.
        """
        # Otherwise the waiting operations would keep it from the one that leads them.
        give_connection_back()
        free = [place for place in places if place.posting.key not in self._of_wallets]
        if free:
            self._open.join(free, self._patience, make_way)

    def serve_alone(self, place: Place) -> Outcome | Exception:
        """Post one operation, which waits for its wallet together with others that want this
        wallet.

        Returns the outcome, which is also that of ``place``.
        """
        give_connection_back()
        key = place.posting.key
        with self._mutex:
            line = self._of_wallets.setdefault(key, Line(waits=True))
            line.wanted_by += 1
        try:
            line.join([place], self._patience)
        finally:
            with self._mutex:
                line.wanted_by -= 1
                if not line.wanted_by:
                    del self._of_wallets[key]
        if place.outcome is None:
            try:
                place.outcome = alone(place.posting)
            except Exception as fault:  # for the caller that asks for the outcome
                place.outcome = fault
        return place.outcome

    @property
    def waiting(self) -> int:
        """How many operations wait for their turn in a line."""
        with self._mutex:
            lines = [self._open, *self._of_wallets.values()]
        return sum(line.length for line in lines)


_limits_ms = asked_for(str(settings.DATABASES["default"]["OPTIONS"].get("options", "")))
desk = Desk(
    at_once=settings.POSTINGS_AT_ONCE, patience_seconds=_limits_ms.get("lock_timeout", 0) / 1000
)
"""The desk of this process.

An operation waits for its turn for as long as it may wait for a lock.
"""
