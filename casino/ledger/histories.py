"""Pages of histories, newest first; the ten-thousandth page costs as much as the first.

Paging uses the wallet's own numbering (``sequence``, without gaps from 1), so a page reads one
stretch of an index on (wallet, …, sequence), however deep it is. Without filters the numbering also
serves offsets: to skip n rows, start before ``version - n + 1``.
"""

import heapq
from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cache
from itertools import islice
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

from casino.ledger.money import LARGEST_AMOUNT
from casino.ledger.prepared import Statement, statement
from casino.ledger.reading import rows_of
from casino.models import Kind


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

# The conditions of filters by their names. Each combination is a query of its own, because a query
# for all of them could not use the index that fits.
_CONDITIONS = {
    "kinds": "transaction_type = ANY(%(kinds)s::text[])",
    "session_pk": "session_id = %(session_pk)s",
    "external_session_id": "external_session_id = %(external_session_id)s",
    "round_id": "round_id = %(round_id)s",
}

# Values from other tables are read by subqueries per row, not by joins: the planner cannot turn
# subqueries into a scan of those tables.
_PAGE = """
SELECT shown.wallet_id, shown.sequence, shown.id, shown.transaction_type, shown.source,
    shown.external_transaction_id, shown.related_external_transaction_id, shown.round_id,
    coalesce(shown.external_session_id, (
        SELECT session.session_id FROM casino_game_sessions session
        WHERE session.id = shown.session_id
    )),
    shown.game_code, shown.amount,
    coalesce((
        SELECT entry.balance_before FROM casino_ledger_entries entry
        WHERE entry.transaction_id = shown.id AND entry.account = 'WALLET' LIMIT 1
    ), shown.balance_after),
    shown.balance_after, shown.details, shown.created_at
FROM unnest(%(wallet_pks)s::bigint[], %(befores)s::bigint[]) AS place (wallet_pk, before)
CROSS JOIN LATERAL (
    SELECT * FROM casino_transactions
    WHERE wallet_id = place.wallet_pk AND sequence < place.before {narrowed}
    ORDER BY sequence DESC
    LIMIT %(limit)s
) shown
"""


@cache
def _page_query(*names: str) -> Statement:
    """The query for the filters of these names."""
    return statement(_PAGE.format(narrowed="".join(f" AND {_CONDITIONS[name]}" for name in names)))


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
    if not position:
        return MergedPage((), None)
    strands: dict[int, list[HistoryRow]] = {}
    for row in _read(position, filters, limit + 1):
        strands.setdefault(row.wallet_pk, []).append(row)
    for strand in strands.values():
        strand.sort(key=_sequence, reverse=True)  # the query guarantees no order
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


_sequence = attrgetter("sequence")


def _read(position: Mapping[int, int | None], filters: Filters, of_each: int) -> list[HistoryRow]:
    """At most ``of_each`` rows of each wallet, newest first in each."""
    given = {name: value for name, value in filters._asdict().items() if value is not None}
    places = {pk: LARGEST_AMOUNT if before is None else before for pk, before in position.items()}
    parameters = {
        **given,
        "kinds": list(filters.kinds or ()),
        "wallet_pks": list(places),
        "befores": list(places.values()),
        "limit": of_each,
    }
    return rows_of(_page_query(*given), parameters, HistoryRow)
