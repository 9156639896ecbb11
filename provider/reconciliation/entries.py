"""Reads the journal for a comparison: every bet, and whether a process is still playing it.

It is read in chunks by key, without an open cursor, because the casino is called between chunks.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import FilteredRelation, Q, QuerySet, Sum

from provider.models import (
    OPEN_STATUSES,
    Bet,
    BetKind,
    BetStatus,
    Casino,
    GameRound,
    RoundStatus,
    RunStatus,
)
from provider.verdicts import refusal_code_in

CHUNK = 1000


class Entry(NamedTuple):
    """A requested movement and whether it is decided. Amounts are in minor units.

    ``related_id`` is the transaction it refers to. For a bet, ``undoing_status`` and ``undoing``
    are the status and the answer of its rollback.
    """

    pk: int
    transaction_id: str
    kind: str
    status: str
    amount: int
    round_id: str
    player_id: str
    currency: str
    related_id: str | None
    http_status: int | None
    response: dict[str, Any] | None
    undoing_status: str | None
    undoing: dict[str, Any] | None
    run_pk: int
    run_id: str
    run_status: str
    touched_at: datetime
    created_at: datetime

    @property
    def is_undecided(self) -> bool:
        return self.status in OPEN_STATUSES

    @property
    def refusal_code(self) -> str:
        return refusal_code_in(self.response)

    def is_under_way(self, quiet_since: datetime) -> bool:
        """Whether a process is playing its run now."""
        return self.run_status != RunStatus.FINISHED and self.touched_at > quiet_since

    @property
    def was_taken(self) -> bool:
        """Whether the casino ever took the bet's stake, as far as the journal can tell.

        For a void bet, the rollback's answer tells: a rollback that found no bet left a tombstone.
        """
        undone = self.undoing if self.undoing_status == BetStatus.ACCEPTED else None
        if self.status == BetStatus.VOIDED and undone is not None and "tombstone" in undone:
            return undone["tombstone"] is False
        return self.http_status == 200 and self.status != BetStatus.REFUSED


class OpenRound(NamedTuple):
    """A round that is neither settled nor void. ``amount`` is the sum of its bets."""

    pk: int
    round_id: str
    player_id: str
    currency: str
    amount: int
    run_pk: int
    run_id: str
    run_status: str
    created_at: datetime


def named(*, casino: Casino, transaction_ids: Sequence[str]) -> dict[str, Entry]:
    """The entries with these ids, in one query."""
    found = _entries(casino).filter(transaction_id__in=transaction_ids)
    return {entry.transaction_id: entry for entry in map(Entry._make, found)}


def made_between(*, casino: Casino, begin: datetime, end: datetime) -> Iterator[Entry]:
    """The entries made from ``begin`` (inclusive) to ``end`` (exclusive), oldest first."""
    return map(Entry._make, _oldest_first(_entries(casino), begin, end))


def open_rounds(
    *, casino: Casino, begin: datetime, end: datetime, quiet_since: datetime
) -> Iterator[OpenRound]:
    """Open rounds of the window that no process is playing, oldest first."""
    is_bet = Q(bets_made__bet_type=BetKind.DEBIT)
    rounds = (
        GameRound.objects.filter(casino=casino, status=RoundStatus.OPEN)
        .filter(Q(run__status=RunStatus.FINISHED) | Q(run__touched_at__lte=quiet_since))
        .annotate(staked=Sum("bets_made__amount", filter=is_bet, default=0))
        .values_list(
            "pk",
            "round_id",
            "player__player_id",
            "currency",
            "staked",
            "run_id",
            "run__run_id",
            "run__status",
            "created_at",
        )
    )
    return map(OpenRound._make, _oldest_first(rounds, begin, end))


def _oldest_first(
    rows: "QuerySet[Any, tuple[Any, ...]]", begin: datetime, end: datetime
) -> Iterator[tuple[Any, ...]]:
    """Reads the rows in chunks. A row begins with its key and ends with its time of creation."""
    rows = rows.filter(created_at__lt=end).order_by("created_at", "pk")
    place = Q(created_at__gte=begin)
    while True:
        chunk = list(rows.filter(place)[:CHUNK])
        yield from chunk
        if len(chunk) < CHUNK:
            return
        pk, *_, created_at = chunk[-1]
        place = Q(created_at__gte=created_at) & (Q(created_at__gt=created_at) | Q(pk__gt=pk))


def _entries(casino: Casino) -> "QuerySet[Bet, tuple[Any, ...]]":
    is_rollback = Q(followers__bet_type=BetKind.ROLLBACK)
    return (
        Bet.objects.filter(casino=casino)
        .annotate(rollback=FilteredRelation("followers", condition=is_rollback))
        .values_list(
            "pk",
            "transaction_id",
            "bet_type",
            "status",
            "amount",
            "round__round_id",
            "round__player__player_id",
            "round__currency",
            "related__transaction_id",
            "http_status",
            "response_cache",
            "rollback__status",
            "rollback__response_cache",
            "run_id",
            "run__run_id",
            "run__status",
            "run__touched_at",
            "created_at",
        )
    )
