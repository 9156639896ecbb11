"""Pages of a wallet's history, newest first; the ten-thousandth costs what the first one costs.

The way from page to page is the wallet's own numbering (``sequence``, gapless from 1), so that a
page is one walk along the index of (wallet, sequence), however deep it lies. Without filters that
numbering serves offsets too: skipping n rows is starting before ``version - n + 1``.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from casino.models import Account, GameSession, Kind, LedgerEntry, Transaction


class Filters(NamedTuple):
    """What a history is narrowed to; None: all of it.

    A session is the casino's own (``session_pk``) or somebody else's (``external_session_id``).
    """

    kinds: Collection[Kind] | None = None
    session_pk: int | None = None
    external_session_id: str | None = None
    round_id: str | None = None


class HistoryRow(NamedTuple):
    """A transaction as its wallet lived it. Amounts are minor units; ``amount`` has no sign.

    ``session_id`` is the public id of the casino's session, or the id that somebody else gave.
    """

    sequence: int
    transaction_id: UUID
    kind: str
    source: str
    external_id: str
    related_external_id: str | None
    round_id: str | None
    session_id: str | None
    game_code: str | None
    amount: int
    balance_before: int
    balance_after: int
    details: str
    created_at: datetime


class Page(NamedTuple):
    """Rows, newest first. ``next_cursor`` is the ``before`` of the page after; None: the last."""

    rows: tuple[HistoryRow, ...]
    next_cursor: int | None

    @property
    def has_more(self) -> bool:
        return self.next_cursor is not None


EVERYTHING = Filters()

# What a row needs from other tables is fetched by subqueries of the row, not by joins: the planner
# cannot turn them into a walk over those tables.
_SESSION = GameSession.objects.filter(pk=OuterRef("session_id")).values("session_id")[:1]
_BEFORE = LedgerEntry.objects.filter(transaction=OuterRef("pk"), account=Account.WALLET).values(
    "balance_before"
)[:1]


def history_page(
    *, wallet_pk: int, filters: Filters = EVERYTHING, before: int | None = None, limit: int
) -> Page:
    """At most ``limit`` (≥ 1) transactions of a wallet, numbered below ``before``. One query."""
    found = [HistoryRow(*row) for row in _query(wallet_pk, filters, before)[: limit + 1]]
    rows = tuple(found[:limit])
    return Page(rows, rows[-1].sequence if len(found) > limit else None)


def _query(
    wallet_pk: int, filters: Filters, before: int | None
) -> "QuerySet[Transaction, tuple[Any, ...]]":
    return (
        _narrowed(Transaction.objects.filter(wallet_id=wallet_pk), filters, before)
        .order_by("-sequence")
        .values_list(
            "sequence",
            "id",
            "kind",
            "source",
            "external_transaction_id",
            "related_external_transaction_id",
            "round_id",
            Coalesce("external_session_id", Subquery(_SESSION)),
            "game_code",
            "amount",
            Coalesce(Subquery(_BEFORE), F("balance_after")),
            "balance_after",
            "details",
            "created_at",
        )
    )


def _narrowed(
    transactions: QuerySet[Transaction], filters: Filters, before: int | None
) -> QuerySet[Transaction]:
    conditions = {
        "sequence__lt": before,
        "kind__in": filters.kinds,
        "session_id": filters.session_pk,
        "external_session_id": filters.external_session_id,
        "round_id": filters.round_id,
    }
    return transactions.filter(
        **{name: value for name, value in conditions.items() if value is not None}
    )
