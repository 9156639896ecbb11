"""Finds external ids that were used in two books, the only thing that a book cannot see."""

from collections.abc import Iterator
from typing import NamedTuple

from django.db import connection

from casino.books.views import reading_views

_TWICE = """
SELECT source, external_transaction_id, count(*), min(created_at), max(created_at)
FROM casino_transactions
GROUP BY source, external_transaction_id
HAVING count(*) > 1
ORDER BY source, external_transaction_id
"""


class Duplicate(NamedTuple):
    source: str
    external_id: str
    times: int
    first: str
    last: str


def duplicates() -> Iterator[Duplicate]:
    """Reads every transaction of every book. PostgreSQL does the grouping."""
    with reading_views(), connection.cursor() as cursor:
        cursor.execute(_TWICE)
        for source, external_id, times, first, last in cursor:
            yield Duplicate(source, external_id, times, first.isoformat(), last.isoformat())
