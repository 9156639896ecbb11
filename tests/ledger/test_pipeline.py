"""The money path's own connection to PostgreSQL, and the errors that its faults become."""

from collections.abc import Callable
from typing import Any, cast

import pytest
from django.db import OperationalError, connection, connections, transaction

from casino.ledger.pipeline import MoneyTransaction, money_transaction
from casino.ledger.prepared import statement
from casino.ledger.shards import shards_at, way_to_begin
from config.postgres.base import DatabaseWrapper
from config.postgres.loan import Loan
from config.wire.errors import is_database_unavailable


def test_a_server_that_goes_away_within_a_batch_is_unavailable_not_a_fault_of_ours() -> None:
    """PostgreSQL ends the connection while it runs the second statement of a batch."""
    suicide = statement("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(OperationalError) as caught, money_transaction() as running:
        running.begin([(suicide, {}), (suicide, {})])

    assert is_database_unavailable(caught.value)
    connection.close()


def test_what_libpq_says_without_a_code_is_that_the_server_is_not_there() -> None:
    class Lost(MoneyTransaction):
        def _exchange(self, send: Callable[[], None]) -> list[Any]:
            results = super()._exchange(send)
            lost = self._pgconn.make_empty_result(7)  # PGRES_FATAL_ERROR, as libpq itself makes it
            return [lost for _ in results]

    with (
        pytest.raises(OperationalError),
        connection.wrap_database_errors,
        Loan(cast(DatabaseWrapper, connections["default"])) as loan,
    ):
        Lost(loan).begin([])


def test_it_does_not_run_within_another_transaction() -> None:
    with transaction.atomic(), pytest.raises(RuntimeError), money_transaction():
        pass


def test_without_books_nothing_precedes_the_lock_and_without_citus_there_are_no_shards() -> None:
    assert way_to_begin() is MoneyTransaction.begin
    with connection.cursor() as cursor:
        assert shards_at(cursor) is None
