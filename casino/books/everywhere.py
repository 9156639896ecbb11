"""One query over all books in one statement, which each book answers from its own indexes.

The views could answer any query, but a limit or a key is not always pushed down into them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from casino.books.tables import in_book
from casino.ledger.prepared import Parameters, Statement, statement
from casino.ledger.reading import rows_of
from config.books import PUBLIC, names
from config.postgres.replica import connection

Rows = list[tuple[Any, ...]]


class Question:
    """A query that every book answers. Without books it is the query itself."""

    def __init__(self, sql: str) -> None:
        self._sql = sql
        self._statement: Statement | None = None

    def parts(self, parameters: Parameters) -> list[Rows]:
        """The rows of each book separately, each part in the query's order. One statement."""
        books = names()
        if self._statement is None:
            self._statement = statement(self._united(books) if books else self._sql)
        rows = rows_of(self._statement, parameters, tuple)
        if not books:
            return [rows]
        parts: list[Rows] = [[] for _ in books]
        for part, *row in rows:
            parts[part].append(tuple(row))
        return parts

    def _united(self, books: list[str]) -> str:
        return " UNION ALL ".join(
            f"SELECT {number} AS part, answer.* FROM ({in_book(self._sql, book)}) answer"
            for number, book in enumerate(books)
        )


@contextmanager
def within(book: str) -> Iterator[None]:
    """Queries in this block read this book. They must be in a transaction and only read. If
    ``book`` is blank, there are no books, and nothing changes.
    """
    if not book:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL search_path = {book}, {PUBLIC}")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL search_path TO DEFAULT")
