"""Pages of histories, newest first; the ten-thousandth page costs as much as the first.

Paging uses the wallet's own numbering (``sequence``, without gaps from 1), so a page reads one
stretch of an index on (wallet, …, sequence), however deep it is. Without filters the numbering also
serves offsets: to skip n rows, start before ``version - n + 1``.
"""

import heapq
from collections.abc import Collection, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from casino.models import Account, GameSession, Kind, LedgerEntry, Transaction


class Filters(NamedTuple):
    """Filters of a history; None does not filter.

    A session is the casino's own (``session_pk``) or somebody else's (``external_session_id``).
    """

    kinds: Collection[Kind] | None = None
    session_pk: int | None = None
    external_session_id: str | None = None
    round_id: str | None = None


class HistoryRow(NamedTuple):
    """A transaction from its wallet's point of view. Amounts are minor units without a sign.

    ``session_id`` is the public id of the casino's session, or the id that somebody else gave.
    """

    wallet_pk: int
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


EVERYTHING = Filters()

# Values from other tables are read by subqueries per row, not by joins: the planner cannot turn
# subqueries into a scan of those tables.
_SESSION = GameSession.objects.filter(pk=OuterRef("session_id")).values("session_id")[:1]
_BEFORE = LedgerEntry.objects.filter(transaction=OuterRef("pk"), account=Account.WALLET).values(
    "balance_before"
)[:1]


class MergedPage(NamedTuple):
    """Rows of several wallets, newest first. ``next_position`` is None on the last page."""

    rows: tuple[HistoryRow, ...]
    next_position: dict[int, int] | None


def merged_page(
    *, position: Mapping[int, int | None], filters: Filters = EVERYTHING, limit: int
) -> MergedPage:
    """At most ``limit`` (≥ 1) transactions of several wallets. One query.

    ``position`` maps each wallet's primary key to a sequence number: only rows below it are still
    to come. None means all rows. The rows of one wallet keep their order; rows of different wallets
    are ordered by time.
    """
    queries = [_query(pk, filters, before)[: limit + 1] for pk, before in sorted(position.items())]
    if not queries:
        return MergedPage((), None)
    strands: dict[int, list[HistoryRow]] = {}
    for row in map(HistoryRow._make, queries[0].union(*queries[1:], all=True)):
        strands.setdefault(row.wallet_pk, []).append(row)
    for strand in strands.values():
        strand.sort(key=lambda row: row.sequence, reverse=True)  # a union guarantees no order
    merged = heapq.merge(
        *(strands[pk] for pk in sorted(strands)), key=lambda row: row.created_at, reverse=True
    )
    rows = tuple(islice(merged, limit))
    shown = {row.transaction_id for row in rows}
    next_position = {}
    for pk, strand in strands.items():
        still_to_come = [row.sequence for row in strand if row.transaction_id not in shown]
        if still_to_come:
            next_position[pk] = still_to_come[0] + 1
    return MergedPage(rows, next_position or None)


def _query(
    wallet_pk: int, filters: Filters, before: int | None
) -> "QuerySet[Transaction, tuple[Any, ...]]":
    return (
        _narrowed(Transaction.objects.filter(wallet_id=wallet_pk), filters, before)
        .order_by("-sequence")
        .values_list(
            "wallet_id",
            "sequence",
            "id",
            "transaction_type",
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
        "transaction_type__in": filters.kinds,
        "session_id": filters.session_pk,
        "external_session_id": filters.external_session_id,
        "round_id": filters.round_id,
    }
    return transactions.filter(
        **{name: value for name, value in conditions.items() if value is not None}
    )
