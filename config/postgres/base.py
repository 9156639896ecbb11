"""The database backend ``config.postgres``: Django's for PostgreSQL, on our own connections."""

import re
from typing import Any

from django.db.backends.postgresql import base
from psycopg import ClientCursor, IsolationLevel

from config.postgres.connection import Connection
from config.postgres.outcome import known_outcome

_WRITES = re.compile(
    r"\s*(INSERT|UPDATE|DELETE|MERGE|WITH\b.*\b(INSERT\s+INTO|DELETE\s+FROM|UPDATE\s+\S+\s+SET))\b",
    re.IGNORECASE | re.DOTALL,
)


class Cursor(base.CursorMixin, ClientCursor[Any]):
    """Outside of a transaction a statement that writes commits by itself."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        """Raises TransactionResolutionUnknown as Connection.commit does."""
        connection: Any = self.connection  # of our class
        if connection.autocommit and isinstance(query, str) and _WRITES.match(query):
            with known_outcome(connection):
                return super().execute(query, params, **options)
        return super().execute(query, params, **options)


class DatabaseWrapper(base.DatabaseWrapper):
    """Named by ENGINE in DATABASES. The pool's connections are made of the same class."""

    def get_connection_params(self) -> dict[str, Any]:
        return {**super().get_connection_params(), "cursor_factory": Cursor}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        if self.pool:
            return super().get_new_connection(conn_params)  # type: ignore[no-any-return]
        self.isolation_level = IsolationLevel.READ_COMMITTED
        return Connection.connect(**conn_params)
