"""Runs the statements of one money transaction: prepared once per connection, sent together.

A debit is five statements in two round trips: BEGIN, lock and look; then write and COMMIT. Running
a statement through a cursor takes more time in Python than in PostgreSQL, so this module calls
libpq directly, through ``psycopg.pq``. The connection still comes from Django's pool.
"""

import select
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import cast

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections
from psycopg import pq
from psycopg.errors import error_from_result

from casino.ledger.prepared import Call, Calls, Row, in_few, statement
from casino.ledger.values import reader, to_text
from config.postgres import replica
from config.postgres.base import DatabaseWrapper
from config.postgres.connection import NoAnswer
from config.postgres.loan import Loan
from config.postgres.outcome import known_outcome


class MoneyTransaction:
    """A database transaction that is sent in batches; each batch is one round trip."""

    def __init__(self, loan: Loan) -> None:
        self._loan = loan
        self._raw = loan.connection
        self._pgconn = self._raw.pgconn

    def begin(self, calls: Sequence[Call]) -> list[Row | None]:
        """BEGIN and run ``calls``, which write nothing. Returns the row of each, or None."""
        few = in_few(calls)
        return _rows_of(few, self._read([_BEGIN, *(each.call for each in few)])[1:])

    def go_on(self, calls: Sequence[Call]) -> list[Row | None]:
        """Run ``calls`` in the transaction that was begun. Returns the row of each, or None."""
        few = in_few(calls)
        return _rows_of(few, self._run([each.call for each in few]))

    def commit(self, calls: Sequence[Call], sent: Callable[[], None]) -> None:
        """Run ``calls`` and COMMIT. Once both are sent, calls ``sent``.

        Raises psycopg.errors.TransactionResolutionUnknown if they were sent but their outcome is
        not known.
        """
        last = [*calls, COMMIT]
        self._prepare(last)
        with known_outcome(self._raw):
            self._run_prepared(last, sent)

    def end(self) -> None:
        """Roll back whatever was not committed."""
        if self._pgconn.transaction_status not in (_IDLE, pq.TransactionStatus.UNKNOWN):
            try:
                self._run([_ROLLBACK])
            except psycopg.Error:
                self._pgconn.finish()  # this makes the server roll back

    def _read(self, calls: Sequence[Call]) -> list[pq.abc.PGresult]:
        """Run calls that write nothing; repeat them on another connection if this one is dead."""
        for _ in range(_DEAD_CONNECTIONS):
            try:
                return self._run(calls)
            except psycopg.OperationalError as error:
                is_dead = self._raw.closed and not isinstance(error, NoAnswer)
                if not is_dead or connection.in_atomic_block:
                    raise
                self._use_another_connection()
        return self._run(calls)

    def _use_another_connection(self) -> None:
        self._loan.replace()
        self._raw = self._loan.connection
        self._pgconn = self._raw.pgconn

    def _run(self, calls: Sequence[Call]) -> list[pq.abc.PGresult]:
        self._prepare(calls)
        return self._run_prepared(calls)

    def _run_prepared(
        self, calls: Sequence[Call], sent: Callable[[], None] | None = None
    ) -> list[pq.abc.PGresult]:
        pgconn = self._pgconn

        def send() -> None:
            for call, parameters in calls:
                values = [to_text(parameters[name]) for name in call.parameters]
                pgconn.send_query_prepared(call.name, values)

        results = self._exchange(send, sent)
        for result in results:
            if result.status == pq.ExecStatus.FATAL_ERROR:
                error = _error(result)
                if isinstance(error, StatementsLost):
                    self._raw.prepared.clear()
                raise error
        return results

    def _prepare(self, calls: Sequence[Call]) -> None:
        """Prepare ``calls`` by name, once per connection, in a separate round trip."""
        known = self._raw.prepared
        for call, _ in calls:
            if call.name not in known:
                break
        else:
            return
        unknown = {call.name: call for call, _ in calls if call.name not in known}

        def send() -> None:
            for name, call in unknown.items():
                self._pgconn.send_prepare(name, call.sql)

        for name, result in zip(unknown, self._exchange(send), strict=True):
            if result.status != pq.ExecStatus.COMMAND_OK:
                self._pgconn.finish()  # we cannot tell which names the server knows now
                raise _error(result)
            known.add(name)

    def _exchange(
        self, send: Callable[[], None], sent: Callable[[], None] | None = None
    ) -> list[pq.abc.PGresult]:
        """One round trip: return the results of everything that ``send`` sends."""
        pgconn = self._pgconn
        pgconn.enter_pipeline_mode()
        try:
            send()
            pgconn.pipeline_sync()
            if sent is not None:
                sent()
            results = self._results()
        except BaseException:
            # Results that were not read would be mistaken for those of later statements.
            pgconn.finish()
            raise
        pgconn.exit_pipeline_mode()
        return results

    def _results(self) -> list[pq.abc.PGresult]:
        """One result per statement, up to the sync."""
        results: list[pq.abc.PGresult] = []
        while True:
            self._wait()
            result = self._pgconn.get_result()
            if result is None:
                continue  # marks the end of one statement's results
            if result.status == pq.ExecStatus.PIPELINE_SYNC:
                return results
            results.append(result)

    def _wait(self) -> None:
        """Return once a result can be read without blocking; libpq would block holding the GIL.

        Raises NoAnswer if none arrives before the loan ends.
        """
        pgconn = self._pgconn
        unsent = pgconn.flush()
        if not unsent and not pgconn.is_busy():
            return
        poll = select.poll()
        poll.register(pgconn.socket, select.POLLIN | (select.POLLOUT if unsent else 0))
        while unsent or pgconn.is_busy():
            if not poll.poll(self._loan.milliseconds_left()):
                raise NoAnswer
            pgconn.consume_input()
            if unsent and not (unsent := pgconn.flush()):
                poll.modify(pgconn.socket, select.POLLIN)


_DEAD_CONNECTIONS = 2
"""This many dead connections in a row are replaced before the error is raised."""

_STATEMENTS_LOST = ("26000", "42P05")
_IDLE = pq.TransactionStatus.IDLE
# Explicit, whatever the database's default is: a later statement must see commits made meanwhile.
_BEGIN: Call = (statement("BEGIN ISOLATION LEVEL READ COMMITTED"), {})
COMMIT: Call = (statement("COMMIT"), {})
_ROLLBACK: Call = (statement("ROLLBACK"), {})


def require_transaction_of_its_own() -> None:
    """Raises RuntimeError in another transaction, or in a block that reads from a replica."""
    if connection.in_atomic_block:
        raise RuntimeError("money must be moved in a transaction of its own")
    replica.require_primary()


@contextmanager
def money_transaction(within_seconds: float | None = None) -> Iterator[MoneyTransaction]:
    """A transaction of its own, rolled back unless it was committed.

    ``within_seconds`` is how long it may take altogether. The default is a little longer than the
    server's statement time-out.

    Raises:
        RuntimeError: called within another transaction, or in a block that reads from a replica.
        django.db.OperationalError and similar: PostgreSQL's error, in Django's classes. Nothing was
            written, unless ``config.postgres.outcome.is_unknown`` is true for the error.
    """
    require_transaction_of_its_own()
    with connection.wrap_database_errors, Loan(_wrapper(), within_seconds) as loan:
        running = MoneyTransaction(loan)
        try:
            yield running
        finally:
            running.end()


def give_connection_back() -> None:
    """Return the connection that Django has lent to this thread, so that it is not kept waiting."""
    wrapper = _wrapper()
    if wrapper.connection is not None and wrapper.pool is not None:
        wrapper.close()


def _wrapper() -> DatabaseWrapper:
    """This thread's connection wrapper for the casino's database."""
    return cast(DatabaseWrapper, connections[DEFAULT_DB_ALIAS])


class StatementsLost(psycopg.OperationalError):
    """The server does not know a prepared statement, or knows one that we did not prepare."""

    sqlstate = "26000"

    def __init__(self) -> None:
        super().__init__(
            "prepared statements were lost: PgBouncer in transaction mode must be version 1.21 or"
            " newer and have max_prepared_statements set"
        )


def _error(result: pq.abc.PGresult) -> psycopg.Error:
    """The error of a result. Without an SQLSTATE it comes from libpq: the server is gone."""
    error = error_from_result(result)
    if error.sqlstate in _STATEMENTS_LOST:
        return StatementsLost()
    return error if error.sqlstate else psycopg.OperationalError(str(error))


def _rows_of(few: Sequence[Calls], results: Sequence[pq.abc.PGresult]) -> list[Row | None]:
    found: list[Row | None] = [None] * sum(len(each.places) for each in few)
    for calls, result in zip(few, results, strict=True):
        calls.put(_rows(result), found)
    return found


def _rows(result: pq.abc.PGresult) -> list[Row]:
    columns = [(column, reader(result.ftype(column))) for column in range(result.nfields)]
    value = result.get_value
    return [
        tuple(
            None if (text := value(row, column)) is None else read(text) for column, read in columns
        )
        for row in range(result.ntuples)
    ]
