"""The namespaces of transaction ids that are in use, found by hopping through an index."""

from django.db import connection

# One probe of the unique index on (source, external id) for each source, however many rows it has.
_SOURCES = """
WITH RECURSIVE hop(source) AS (
    SELECT min(source) FROM casino_transactions
    UNION ALL
    SELECT (SELECT min(source) FROM casino_transactions WHERE source > hop.source)
    FROM hop WHERE hop.source IS NOT NULL
)
SELECT source FROM hop WHERE source IS NOT NULL
"""


def sources_in_use() -> list[str]:
    """Every source that a transaction has, in order."""
    with connection.cursor() as cursor:
        cursor.execute(_SOURCES)
        return [source for (source,) in cursor.fetchall()]
