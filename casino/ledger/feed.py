"""One source's transactions, oldest first; a page costs the same however many millions there are.

A transaction's id is its place in time: it begins with the millisecond of ``created_at``, so that
the primary key alone carries a range of time and the way from page to page, and a debit pays for no
further index. What others wrote meanwhile lies between and is read past; how much of it one page
may read past is bounded, and so a page may come out short, or empty, before the last.

That time is taken under the wallet's lock, by the database's clock, and lies after the wallet's
last one, so a wallet's transactions come in their order. The transaction is committed within
seconds of it or never: the time-outs of statements and of idle transactions (5 and 10 s unless set
otherwise) see to that. So none appears in a window that ended a minute ago; one that ends now may
still gain rows.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from casino.ledger.ids import first_id_at, time_of

MOST_READ = 10_000
"""Transactions, of whatever source, that one page reads at most."""


class FeedRow(NamedTuple):
    """A transaction as its source is told of it. Amounts are minor units; ``amount`` has no sign.

    ``is_reversed``: a rollback gave its stake back since. ``original_kind``: of what a reversal
    refers to; of other transactions None.
    """

    id: UUID
    kind: str
    external_id: str
    related_external_id: str | None
    round_id: str | None
    amount: int
    balance_after: int
    player_id: str
    currency: str
    is_reversed: bool
    original_kind: str | None

    @property
    def made_at(self) -> datetime:
        return time_of(self.id)


class FeedPage(NamedTuple):
    """``next_after`` is the ``after`` of the page that follows; None: there is none."""

    rows: tuple[FeedRow, ...]
    next_after: UUID | None


# What a row needs from elsewhere is looked up for those that are shown, by primary key or by a
# partial index; as joins the planner could make walks over those tables of them.
_SHOWN = """
    id, transaction_type, external_transaction_id, related_external_transaction_id, round_id,
    amount,
    balance_after,
    (SELECT username FROM casino_users player JOIN casino_wallets wallet
        ON wallet.user_id = player.id WHERE wallet.id = shown.wallet_id),
    (SELECT currency_code FROM casino_wallets wallet WHERE wallet.id = shown.wallet_id),
    transaction_type = 'BET' AND EXISTS (
        SELECT FROM casino_transactions reversal
        WHERE reversal.related_transaction_id = shown.id AND reversal.transaction_type = 'ROLLBACK'
        OFFSET 0
    ),
    CASE WHEN transaction_type IN ('ROLLBACK', 'REPEATED_ROLLBACK') THEN (
        SELECT original.transaction_type FROM casino_transactions original
        WHERE original.id = shown.related_transaction_id
    ) END
"""

# The last that may be read comes along, whoever's it is: it tells where the next page begins.
_PAGE = f"""
SELECT source = %(source)s, number = %(most_read)s, {_SHOWN}
FROM (
    SELECT id, transaction_type, source, external_transaction_id,
        related_external_transaction_id, round_id,
        amount, balance_after, wallet_id, related_transaction_id,
        row_number() OVER (ORDER BY id) AS number
    FROM casino_transactions
    WHERE id > %(after)s AND id < %(end)s
    ORDER BY id
    LIMIT %(most_read)s
) shown
WHERE source = %(source)s OR number = %(most_read)s
ORDER BY id
LIMIT %(limit)s
"""

_NAMED = f"""
SELECT {_SHOWN}
FROM casino_transactions shown
WHERE source = %(source)s AND external_transaction_id = ANY(%(external_ids)s)
ORDER BY id
"""


def feed_page(
    *,
    source: str,
    begin: datetime,
    end: datetime,
    after: UUID | None = None,
    limit: int,
    most_read: int = MOST_READ,
) -> FeedPage:
    """At most ``limit`` (≥ 1) transactions made from ``begin`` on and before ``end``. One query.

    ``after``: where the page before this one ended.
    """
    first = UUID(int=max(first_id_at(begin).int - 1, 0))  # nothing lies between the two
    with connection.cursor() as cursor:
        cursor.execute(
            _PAGE,
            {
                "source": source,
                "after": max(first, after) if after else first,
                "end": first_id_at(end),
                "limit": limit + 1,
                "most_read": most_read,
            },
        )
        found = [(own, last, FeedRow(*row)) for own, last, *row in cursor.fetchall()]
    rows = tuple(row for is_own, _, row in found[:limit] if is_own)
    # There is more after a full page, and after one that has read as far as it may.
    has_more = len(found) > limit or any(is_last for _, is_last, _ in found)
    return FeedPage(rows, found[:limit][-1][-1].id if has_more else None)


def feed_of(*, source: str, external_ids: Sequence[str]) -> tuple[FeedRow, ...]:
    """Those of a source that have one of these ids, whenever they were made. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_NAMED, {"source": source, "external_ids": list(external_ids)})
        return tuple(FeedRow(*row) for row in cursor.fetchall())
