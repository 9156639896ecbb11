"""The money path's own way to PostgreSQL: what a fault becomes."""

import pytest
from django.db import OperationalError, connection, transaction

from casino.ledger.pipeline import MoneyTransaction, money_transaction, statement
from config.wire.errors import is_database_unavailable


def test_a_server_that_goes_away_within_a_batch_is_unavailable_not_a_fault_of_ours() -> None:
    """PostgreSQL ends the connection while it runs the second statement of a batch."""
    suicide = statement("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(OperationalError) as caught, money_transaction() as running:
        running.begin([(suicide, {}), (suicide, {})])

    assert is_database_unavailable(caught.value)
    connection.close()


def test_what_libpq_says_without_a_code_is_that_the_server_is_not_there() -> None:
    connection.ensure_connection()
    raw = connection.connection
    lost = raw.pgconn.make_empty_result(7)  # PGRES_FATAL_ERROR, of libpq's own making

    class Lost(MoneyTransaction):
        def _results(self) -> list[object]:  # type: ignore[override]
            super()._results()
            return [lost]

    with pytest.raises(OperationalError), connection.wrap_database_errors:
        Lost(raw).begin([])
    connection.close()


def test_it_does_not_run_within_another_transaction() -> None:
    with transaction.atomic(), pytest.raises(RuntimeError), money_transaction():
        pass
