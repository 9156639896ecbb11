"""The casino's metrics that are queried when the metrics are read."""

from django.conf import settings
from django.db import connection

from config.books import this_book
from config.web.metrics import LookedUp, look_up_at_scrape

RECENT_TRANSACTIONS = 10_000

# Ids sort by time, so this reads one end of the primary key, however long the table is.
_OPEN_ROUNDS = f"""
SELECT count(*) FROM (
    SELECT 1
    FROM (
        SELECT wallet_id, source, round_id, transaction_type FROM casino_transactions
        ORDER BY id DESC LIMIT {RECENT_TRANSACTIONS}
    ) recent
    WHERE round_id IS NOT NULL
    GROUP BY wallet_id, source, round_id
    HAVING bool_or(transaction_type = 'BET')
        AND NOT bool_or(transaction_type IN ('WIN', 'ROLLBACK'))
) open_rounds
"""

_LOCK_WAITS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


def register() -> None:
    look_up_at_scrape(
        LookedUp(
            "casino_open_rounds",
            "Rounds with a bet but no payout or rollback, among the last "
            f"{RECENT_TRANSACTIONS} transactions.",
            lambda: _number(_OPEN_ROUNDS),
        ),
        LookedUp(
            "casino_lock_waits",
            "Database connections that are waiting for a lock now.",
            lambda: _number(_LOCK_WAITS),
        ),
    )
    if settings.BOOK:
        meaning = "The book that this process serves; the value is the number of books."
        look_up_at_scrape(
            LookedUp("casino_book", meaning, _number_of_books, {"book": settings.BOOK})
        )


def _number_of_books() -> float:
    book = this_book()
    return book.of if book else 0


def _number(query: str) -> float:
    with connection.cursor() as cursor:
        cursor.execute(query)
        (number,) = cursor.fetchone()
    return float(number)
