"""Where the operations of a process come together that wait at the same time.

The first thread that arrives leads: it carries out its operations at once. Those that arrive
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
from casino.ledger.posting import Posting
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
    """An operation to be posted, and its ``outcome``; None: it has to wait for its wallet."""

    posting: Posting[Any]
    outcome: Outcome | Exception | None = None


@dataclass(slots=True, eq=False)
class Party:
    """Places that one thread waits for. It is never split: all are carried out in one batch."""

    places: Sequence[Place]
    leads: "list[Party] | None" = None
    """Whom its thread has to serve, itself first."""
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._turn.acquire()

    def wait(self, seconds: float = -1) -> bool:
        """Whether it was called within ``seconds``; -1 waits as long as it takes."""
        return self._turn.acquire(timeout=seconds)

    def call(self) -> None:
        self._turn.release()


class Line:
    """Parties that are served in their order, ``at_once`` batches at a time.

    Only a line of one wallet ``waits`` for it. Where it was waited for in vain, those who wait
    behind have the same outcome, instead of waiting as long again. ``wanted_by`` counts who is in
    such a line.
    """

    def __init__(self, *, waits: bool, at_once: int = 1) -> None:
        self._waits = waits
        self._at_once = at_once
        self._mutex = threading.Lock()
        self._under_way = 0
        self._waiting: deque[Party] = deque()
        self.wanted_by = 0

    @property
    def length(self) -> int:
        """How many operations wait for their turn."""
        return sum(len(party.places) for party in list(self._waiting))

    def join(self, places: Sequence[Place], patience_seconds: float) -> None:
        """Return when the places were served. Without a turn in time, that is their outcome."""
        party = Party(places)
        with self._mutex:
            if self._under_way < self._at_once:
                self._under_way += 1
                party.leads = [party]
            else:
                self._waiting.append(party)
        if party.leads is None and not party.wait(patience_seconds):
            self._leave(party)
        if party.leads is not None:
            self._lead(party.leads)
            party.leads = None

    def _leave(self, party: Party) -> None:
        with self._mutex:
            is_waiting = party in self._waiting
            if is_waiting:
                self._waiting.remove(party)
        if not is_waiting:
            party.wait()  # it was called just now
            return
        for place in party.places:
            place.outcome = StillWaiting("the operations before it took too long")

    def _lead(self, parties: list[Party]) -> None:
        try:
            _serve([place for party in parties for place in party.places], waits=self._waits)
        finally:
            self._hand_over(parties[0].places[0].outcome)
            for follower in parties[1:]:
                follower.call()

    def _hand_over(self, outcome: Outcome | Exception | None) -> None:
        """The first who waits leads the next batch."""
        in_vain = outcome if self._was_in_vain(outcome) else None
        with self._mutex:
            parties = self._next(everybody=in_vain is not None)
            if in_vain or not parties:
                self._under_way -= 1
        if isinstance(in_vain, OperationalError):
            for party in parties:
                for place in party.places:
                    place.outcome = repeated(in_vain)
                party.call()
        elif parties:
            parties[0].leads = parties
            parties[0].call()

    def _next(self, *, everybody: bool) -> list[Party]:
        """Take those out of the line whose turn it is."""
        parties: list[Party] = []
        size = 0
        while self._waiting:
            size += len(self._waiting[0].places)
            if parties and size > MOST_TOGETHER and not everybody:
                break
            parties.append(self._waiting.popleft())
        return parties

    def _was_in_vain(self, outcome: Outcome | Exception | None) -> bool:
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

    def serve(self, places: Sequence[Place]) -> None:
        """Post these, up to MOST_TOGETHER, with whatever waits at the same time.

        Those whose wallet somebody else holds are left without an outcome.
        """
        give_connection_back()  # or those who wait would keep it from the one who leads them
        free = [place for place in places if place.posting.key not in self._of_wallets]
        if free:
            self._open.join(free, self._patience)

    def serve_alone(self, place: Place) -> None:
        """Post one, which waits for its wallet with those who want the same one."""
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
            place.outcome = _outcome_alone(place.posting)

    @property
    def waiting(self) -> int:
        """How many operations wait for their turn in a line."""
        with self._mutex:
            lines = [self._open, *self._of_wallets.values()]
        return sum(line.length for line in lines)


def _serve(places: Sequence[Place], *, waits: bool) -> None:
    _postings.inc(len(places))
    if len(places) == 1:
        [place] = places
        place.outcome = _outcome_alone(place.posting, waits=waits)
        return
    _posted_together.inc(len(places))
    outcomes = together([place.posting for place in places], waits=waits)
    for place, outcome in zip(places, outcomes, strict=True):
        place.outcome = outcome


def _outcome_alone(posting: Posting[Any], *, waits: bool = True) -> Outcome | Exception | None:
    try:
        return alone(posting) if waits else alone_if_free(posting)
    except Exception as fault:  # for the thread that asked for it
        return fault


_limits_ms = asked_for(str(settings.DATABASES["default"]["OPTIONS"].get("options", "")))
desk = Desk(
    at_once=settings.POSTINGS_AT_ONCE, patience_seconds=_limits_ms.get("lock_timeout", 0) / 1000
)
"""This process's. A turn in line is waited for as long as a lock."""
