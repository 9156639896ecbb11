"""Reads rows without Django's cursors: each query is one statement, prepared once per connection.

For a page of fifty rows, compiling the ORM's query and formatting its parameters takes several
times as long as reading the rows.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar, cast

from django.db import connections
from psycopg import pq
from psycopg.adapt import Transformer
from psycopg.sql import Literal

from casino.ledger.pipeline import MoneyTransaction
from casino.ledger.prepared import Parameters, Statement
from casino.ledger.values import to_text
from config.postgres import replica
from config.postgres.base import DatabaseWrapper
from config.postgres.loan import Loan

Shape = TypeVar("Shape", bound=tuple[Any, ...])


def rows_of(query: Statement, parameters: Parameters, shape: type[Shape]) -> list[Shape]:
    """All rows of a query, which runs outside of a transaction, or in Django's if one is open.

    ``shape`` is a NamedTuple with a field for each column, or tuple. Asks the server that reads
    currently use (``config.postgres.replica``). Raises django.db.OperationalError and similar.
    """
    wrapper = cast(DatabaseWrapper, connections[replica.alias()])
    if wrapper.queries_logged:
        _log(wrapper, query, parameters)
    with wrapper.wrap_database_errors, Loan(wrapper) as loan:
        return _Reading(loan).rows(query, parameters, shape)


def _log(wrapper: DatabaseWrapper, query: Statement, parameters: Parameters) -> None:
    """Enter the query in Django's log, as the SQL that would run the prepared statement."""
    texts = (to_text(parameters[name]) for name in query.parameters)
    values = ", ".join(Literal(text and text.decode()).as_string() for text in texts)
    wrapper.queries_log.append({"sql": f"EXECUTE {query.name.decode()}({values})", "time": "0"})


class _Reading(MoneyTransaction):
    """Sends one query, without libpq's pipeline mode, which would cost more than it saves."""

    def rows(self, query: Statement, parameters: Parameters, shape: type[Shape]) -> list[Shape]:
        [result] = self._read([(query, parameters)])
        # Not with the connection's own loaders: Django's for times is written in Python.
        transformer = Transformer()
        transformer.set_pgresult(result)
        make = tuple if shape is tuple else partial(tuple.__new__, shape)
        return cast("list[Shape]", transformer.load_rows(0, result.ntuples, make))

    def _exchange(
        self,
        send: Callable[[], None],
        sent: Callable[[], None] | None = None,
    ) -> list[pq.abc.PGresult]:
        results = []
        try:
            send()
            self._wait()
            while result := self._pgconn.get_result():
                results.append(result)
                self._wait()
        except BaseException:
            self._pgconn.finish()  # a result that was not read would be taken for a later one
            raise
        return results
