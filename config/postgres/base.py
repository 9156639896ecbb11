"""The database backend ``config.postgres``: Django's for PostgreSQL, with our own connections."""

import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from types import TracebackType
from typing import Any, ClassVar

import psycopg
from django.db import DEFAULT_DB_ALIAS
from django.db.backends.postgresql import base
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.utils import DatabaseErrorWrapper
from django.utils.functional import cached_property
from psycopg import ClientCursor, IsolationLevel
from psycopg_pool import PoolTimeout

from config.postgres import limits
from config.postgres.connection import Connection, tells_of_the_server
from config.postgres.identity import Identity
from config.postgres.outcome import known_outcome
from config.postgres.script import commands
from config.postgres.watch import ANSWERS_WITHIN_SECONDS, Watch

logger = logging.getLogger(__name__)

_WRITES = re.compile(
    r"\s*(INSERT|UPDATE|DELETE|MERGE|WITH\b.*\b(INSERT\s+INTO|DELETE\s+FROM|UPDATE\s+\S+\s+SET))\b",
    re.IGNORECASE | re.DOTALL,
)


class Cursor(base.CursorMixin, ClientCursor[Any]):
    """Outside of a transaction, a statement that writes commits immediately."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        """Raises TransactionResolutionUnknown, like Connection.commit."""
        connection: Any = self.connection  # of our class
        if connection.autocommit and isinstance(query, str) and _WRITES.match(query):
            with known_outcome(connection):
                return super().execute(query, params, **options)
        return super().execute(query, params, **options)


class ErrorWrapper(DatabaseErrorWrapper):
    """Turns psycopg's errors into Django's. After some errors the whole pool is replaced."""

    wrapper: "DatabaseWrapper"

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc_type is None:
            return
        connection = self.wrapper.connection
        if connection is not None and isinstance(exc_value, psycopg.Error):
            self.wrapper.judge(exc_value, connection)
        super().__exit__(exc_type, exc_value, traceback)


class Opened(threading.local):
    """Whether Django may have a connection open in this thread. Looking for one takes longer."""

    any = False


opened = Opened()


class Operations(DatabaseOperations):
    def prepare_sql_script(self, sql: str) -> list[str]:
        """Migrations send one command at a time, because poolers and Citus require that."""
        return commands(sql)


class DatabaseWrapper(base.DatabaseWrapper):
    """The backend that ENGINE names in DATABASES. Its pool uses our connection class too."""

    ops_class = Operations

    connection: Connection | None
    _drained_at: ClassVar[dict[str, float]] = {}
    _draining: ClassVar[threading.Lock] = threading.Lock()
    _watches: ClassVar[dict[str, Watch]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if pool_options := self.settings_dict["OPTIONS"].get("pool"):
            pool_options["connection_class"] = Connection
        self.watch: Watch | None = None
        if self.settings_dict.get("IS_WATCHED"):
            name = "primary" if self.alias == DEFAULT_DB_ALIAS else self.alias
            self.watch = self._watches.setdefault(self.alias, Watch(name, self._greet))

    @cached_property
    def wrap_database_errors(self) -> ErrorWrapper:
        return ErrorWrapper(self)

    def get_connection_params(self) -> dict[str, Any]:
        return {**super().get_connection_params(), "cursor_factory": Cursor}

    def _limits(self) -> dict[str, int]:
        return limits.asked_for(str(self.settings_dict["OPTIONS"].get("options", "")))

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        opened.any = True
        self.isolation_level = IsolationLevel.READ_COMMITTED
        if not self.pool:
            return Connection.connect(**conn_params)
        while True:
            connection = self.borrow()
            if not connection.is_cut():
                return connection
            self.drain_pool_of(connection)
            self.give_back(connection)

    def borrow(self, timeout: float | None = None) -> Connection:
        """One of the pool's connections, which may be dead.

        Raises psycopg_pool.PoolTimeout if none is free within ``timeout`` seconds. Without a
        ``timeout``, raises ServerAway immediately if the server is known to be unavailable.
        """
        pool = self.pool
        pool.open()
        watch = self.watch
        if watch is not None and timeout is None:
            watch.require()
        try:
            borrowed: Connection = pool.getconn(timeout)
        except PoolTimeout:
            if watch is not None:
                watch.suspect()
            raise
        return borrowed

    def give_back(self, connection: Connection) -> None:
        if self.watch is not None and not connection.closed:
            self.watch.hear()
        pool: Any = connection._pool
        pool.putconn(connection)

    def _greet(self) -> None:
        """Ask the server for an answer on a connection of its own. Raises psycopg.Error."""
        parameters = {
            **self.get_connection_params(),
            "connect_timeout": int(ANSWERS_WITHIN_SECONDS),
        }
        with Connection.connect(**parameters, autocommit=True) as connection:
            connection.patience_seconds = ANSWERS_WITHIN_SECONDS
            connection.execute("SELECT 1")

    def judge(self, error: psycopg.Error, connection: Connection) -> None:
        """Drain the pool if the error of one connection affects all of them."""
        if tells_of_the_server(error, connection):
            self.drain_pool_of(connection)
            if self.watch is not None:
                self.watch.suspect()

    def drain_pool_of(self, connection: Connection) -> None:
        """Replace every connection of the pool that is as old as this one or older.

        Connections in use are replaced when they are returned.
        """
        with self._draining:
            if connection.opened_at <= self._drained_at.get(self.alias, 0.0):
                return  # the pool was drained after this connection was opened
            self._drained_at[self.alias] = monotonic()
        pool: Any = connection._pool
        if pool:
            logger.warning("a connection to the database was lost; all connections are replaced")
            pool.drain()

    def _configure_connection(self, connection: Connection) -> bool:
        changed = super()._configure_connection(connection)  # type: ignore[misc]  # not in its stub
        limits.hold(connection, self._limits())
        if self.watch is not None:
            self.watch.identity = Identity.of(connection)
        return bool(changed)

    @contextmanager
    def without_limits(self) -> Iterator[None]:
        """Let statements in this block take as long as they need, for migrations.

        The connection is closed afterwards.
        """
        with self.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
            cursor.execute("SET lock_timeout = 0")
        connection = self.connection
        assert connection is not None
        connection.patience_seconds = None
        try:
            yield
        finally:
            if self.pool:
                self.pool.drain()  # closes this one when it comes back
            else:
                connection.close()
            self.close()

    @contextmanager
    def answering_within(self, seconds: float) -> Iterator[None]:
        """Wait no longer than this for each answer in this block."""
        self.ensure_connection()
        connection = self.connection
        assert connection is not None
        usual, connection.patience_seconds = connection.patience_seconds, seconds
        try:
            yield
        finally:
            connection.patience_seconds = usual
