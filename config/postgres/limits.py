"""The server's own limits of time, and how long a client waits because of them."""

from config.postgres.connection import SPARE_SECONDS, Connection

_STATEMENT_TIMEOUT = "SELECT setting FROM pg_settings WHERE name = 'statement_timeout'"


def learn(connection: Connection) -> None:
    """Ask a new connection's server how long a statement may take there, and wait longer."""
    row = connection.execute(_STATEMENT_TIMEOUT).fetchone()
    assert row is not None
    limit_ms = int(row[0])
    connection.patience_seconds = limit_ms / 1000 + SPARE_SECONDS if limit_ms else None
