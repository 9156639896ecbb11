"""Where the operations of a process come together that wait at the same time.

The first thread that arrives leads: it carries out its operation at once. Those that arrive
meanwhile wait in line, and when a transaction ends, the first of them leads all that wait. So
nothing is delayed to fill a batch, and an operation that is alone has nobody to wait for.

The open line never waits for a wallet: what somebody else has locked goes on to a line for this
wallet alone, which does. Whoever else wants this wallet joins that line, so a hot wallet is locked
once for all that wait for it, and holds up nobody else.
"""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import OperationalError
from prometheus_client import Counter

from casino.ledger.errors import Refusal
from casino.ledger.execution import (
    Outcome,
    alone,
    alone_if_free,
    database_is_away,
    repeated,
    together,
    wallet_is_held,
)
from casino.ledger.pipeline import give_connection_back
from casino.ledger.posting import Posted, Posting
from config.postgres.limits import asked_for

MOST_TOGETHER = 32
"""A larger batch gains no more, and its first operation waits longer for its answer."""

Key = tuple[object, ...]

_postings = Counter("casino_postings", "Operations that were posted, refused ones included.")
_posted_together = Counter(
    "casino_postings_together", "Those that shared a database transaction with others."
)


class StillWaiting(OperationalError):
    """The others in the line took longer than an operation may wait for its wallet."""


@dataclass(slots=True, eq=False)
class Place:
    """An operation's place in a line. ``outcome`` None: it is to be carried out alone."""

    posting: Posting[Any]
    outcome: Outcome | None = None
    leads: "list[Place] | None" = None
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._turn.acquire()

    def wait(self, seconds: float = -1) -> bool:
        """Whether it was called within ``seconds``; -1 waits as long as it takes."""
        return self._turn.acquire(timeout=seconds)

    def call(self) -> None:
        self._turn.release()


class Line:
    """Places that are served in their order, ``at_once`` batches at a time.

    Only a line of one wallet ``waits`` for it. Where it was waited for in vain, those who wait
    behind have the same outcome, instead of waiting as long again. ``wanted_by`` counts who is in
    such a line.
    """

    def __init__(self, *, waits: bool, at_once: int = 1) -> None:
        self._waits = waits
        self._at_once = at_once
        self._mutex = threading.Lock()
        self._under_way = 0
        self._waiting: deque[Place] = deque()
        self.wanted_by = 0

    @property
    def length(self) -> int:
        """How many wait for their turn."""
        return len(self._waiting)

    def join(self, place: Place, patience_seconds: float) -> None:
        """Return when the place was served. Raises StillWaiting if its turn does not come."""
        with self._mutex:
            if self._under_way < self._at_once:
                self._under_way += 1
                place.leads = [place]
            else:
                self._waiting.append(place)
        if place.leads is None and not place.wait(patience_seconds):
            self._leave(place)
        if place.leads is not None:
            self._lead(place.leads)
            place.leads = None

    def _leave(self, place: Place) -> None:
        with self._mutex:
            is_waiting = place in self._waiting
            if is_waiting:
                self._waiting.remove(place)
        if is_waiting:
            raise StillWaiting("the operations before it took too long")
        place.wait()  # it was called just now

    def _lead(self, places: list[Place]) -> None:
        try:
            _serve(places, waits=self._waits)
        finally:
            self._hand_over(places[0].outcome)
            for follower in places[1:]:
                follower.call()

    def _hand_over(self, outcome: Outcome | None) -> None:
        """The first who waits leads the next batch."""
        in_vain = outcome if self._was_in_vain(outcome) else None
        with self._mutex:
            most = len(self._waiting) if in_vain else min(len(self._waiting), MOST_TOGETHER)
            places = [self._waiting.popleft() for _ in range(most)]
            if in_vain or not places:
                self._under_way -= 1
        if isinstance(in_vain, OperationalError):
            for place in places:
                place.outcome = repeated(in_vain)
                place.call()
        elif places:
            places[0].leads = places
            places[0].call()

    def _was_in_vain(self, outcome: Outcome | None) -> bool:
        if not isinstance(outcome, OperationalError):
            return False
        return database_is_away(outcome) or (self._waits and wallet_is_held(outcome))


class Desk:
    """The lines of a process: an open one, and one for each wallet that somebody else holds.

    ``patience_seconds`` is how long to wait in a line; 0 waits as long as it takes.
    """

    def __init__(self, *, at_once: int, patience_seconds: float) -> None:
        self._patience = patience_seconds or -1
        self._open = Line(waits=False, at_once=at_once)
        self._mutex = threading.Lock()
        self._of_wallets: dict[Key, Line] = {}

    def post(self, posting: Posting[Any]) -> Posted:
        """Raises as ``casino.ledger.post.post`` does."""
        give_connection_back()  # or those who wait would keep it from the one who leads them
        place = Place(posting)
        if posting.key not in self._of_wallets:
            self._open.join(place, self._patience)
        if place.outcome is None:
            self._wait_for_wallet(place)
        outcome = place.outcome
        if isinstance(outcome, Refusal | OperationalError):
            raise outcome
        return alone(posting) if outcome is None else outcome

    @property
    def waiting(self) -> int:
        """How many operations wait for their turn in a line."""
        with self._mutex:
            lines = [self._open, *self._of_wallets.values()]
        return sum(line.length for line in lines)

    def _wait_for_wallet(self, place: Place) -> None:
        key = place.posting.key
        with self._mutex:
            line = self._of_wallets.setdefault(key, Line(waits=True))
            line.wanted_by += 1
        try:
            line.join(place, self._patience)
        finally:
            with self._mutex:
                line.wanted_by -= 1
                if not line.wanted_by:
                    del self._of_wallets[key]


def _serve(places: Sequence[Place], *, waits: bool) -> None:
    _postings.inc(len(places))
    if len(places) == 1:
        [place] = places
        try:
            place.outcome = alone(place.posting) if waits else alone_if_free(place.posting)
        except (Refusal, OperationalError) as fault:
            place.outcome = fault
        return
    _posted_together.inc(len(places))
    outcomes = together([place.posting for place in places], waits=waits)
    for place, outcome in zip(places, outcomes, strict=True):
        place.outcome = outcome


_limits_ms = asked_for(str(settings.DATABASES["default"]["OPTIONS"].get("options", "")))
desk = Desk(
    at_once=settings.POSTINGS_AT_ONCE, patience_seconds=_limits_ms.get("lock_timeout", 0) / 1000
)
"""This process's. A turn in line is waited for as long as a lock."""
