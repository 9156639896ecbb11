"""Views over all books, in a schema of their own, for queries that concern more than one book."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import connection, transaction

from casino.books.tables import tables_of_a_book
from config.books import ALL, PUBLIC

_COLUMNS = """
SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
"""


def make(books: Sequence[str]) -> None:
    """Make the views again, because a migration may have changed a table's columns.

    They have the tables' names, so the same queries run over one book or over all, depending on the
    search path.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {ALL} CASCADE")
        cursor.execute(f"CREATE SCHEMA {ALL}")
        for table in tables_of_a_book():
            cursor.execute(_COLUMNS, [f"{books[0]}.{table}"])
            [columns] = cursor.fetchone()
            parts = " UNION ALL ".join(f"SELECT {columns} FROM {book}.{table}" for book in books)
            cursor.execute(f"CREATE VIEW {ALL}.{table} AS {parts}")


@contextmanager
def reading_views() -> Iterator[None]:
    """Queries in this block read all books. They must not write."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL search_path = {ALL}, {PUBLIC}")
        yield
        with connection.cursor() as cursor:  # the transaction may not be ours
            cursor.execute("SET LOCAL search_path TO DEFAULT")
