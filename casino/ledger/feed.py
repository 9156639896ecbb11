"""One source's transactions, oldest first; a page costs the same however many millions there are.

A transaction's id begins with the millisecond of its ``created_at``. The primary key therefore
serves both ranges of time and paging, and a debit does not pay for another index. A page skips the
rows of other sources that lie in between. The number of rows that it reads is bounded, so a page
that is not the last may still be short or empty.

The time is taken under the wallet's lock from the database's clock, and is always later than the
wallet's previous transaction, so a wallet's transactions keep their order. The transaction is
committed within seconds of that time or never, because of the time-outs of statements and of idle
transactions (5 and 10 s by default). So a window that ended a minute ago gains no rows any more; a
window that ends now may.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from casino.books.everywhere import Question
from casino.ledger.ids import first_id_at, time_of

MOST_READ = 10_000
"""One page reads at most this many transactions, of all sources together."""


class FeedRow(NamedTuple):
    """A transaction as its source sees it. Amounts are minor units; ``amount`` has no sign.

    ``is_reversed`` says whether a rollback gave the stake back later. ``original_kind`` is the kind
    of the transaction that a rollback refers to, and None for other transactions.
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
    """``next_after`` is the ``after`` of the next page, or None if this page is the last."""

    rows: tuple[FeedRow, ...]
    next_after: UUID | None


# Values from other tables are looked up only for the rows that are shown, by primary key or by a
# partial index. If they were joins, the planner could choose to scan those tables.
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

# The last row that may be read is always returned, whatever its source: it tells where the next
# page begins.
PAGE = f"""
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

NAMED = f"""
SELECT {_SHOWN}
FROM casino_transactions shown
WHERE source = %(source)s AND external_transaction_id = ANY(%(external_ids)s)
ORDER BY id
"""

_PAGE_OF_BOOKS, _NAMED_OF_BOOKS = Question(PAGE), Question(NAMED)


def feed_page(
    *,
    source: str,
    begin: datetime,
    end: datetime,
    after: UUID | None = None,
    limit: int,
    most_read: int = MOST_READ,
) -> FeedPage:
    """At most ``limit`` (≥ 1) transactions made from ``begin`` (inclusive) to ``end`` (exclusive).

    ``after`` is where the previous page ended. One query, over all books.
    """
    first = UUID(int=max(first_id_at(begin).int - 1, 0))  # the query wants ids after this one
    parameters = {
        "source": source,
        "after": max(first, after) if after else first,
        "end": first_id_at(end),
        "limit": limit + 1,
        "most_read": most_read,
    }
    return _merged([_page(part, limit) for part in _PAGE_OF_BOOKS.parts(parameters)], limit)


def _page(part: Sequence[Sequence[Any]], limit: int) -> FeedPage:
    """What one book answers."""
    found = [(own, last, FeedRow(*row)) for own, last, *row in part]
    rows = tuple(row for is_own, _, row in found[:limit] if is_own)
    # More may follow if the page is full, or if it has read as many rows as it may.
    has_more = len(found) > limit or any(is_last for _, is_last, _ in found)
    return FeedPage(rows, found[:limit][-1][-1].id if has_more else None)


def _merged(pages: Sequence[FeedPage], limit: int) -> FeedPage:
    """The pages of several books as one, by id: up to where the first of them may be incomplete."""
    if len(pages) == 1:
        return pages[0]
    ends = [page.next_after for page in pages if page.next_after is not None]
    end = min(ends, default=None)
    rows = sorted(row for page in pages for row in page.rows if end is None or row.id <= end)
    if len(rows) > limit:
        return FeedPage(tuple(rows[:limit]), rows[limit - 1].id)
    return FeedPage(tuple(rows), end)


def feed_of(*, source: str, external_ids: Sequence[str]) -> tuple[FeedRow, ...]:
    """The transactions of a source that have one of these ids, of any age. One query."""
    asked = {"source": source, "external_ids": list(external_ids)}
    return tuple(sorted(FeedRow(*row) for part in _NAMED_OF_BOOKS.parts(asked) for row in part))
