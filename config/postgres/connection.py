"""A psycopg connection that gives up in time, and reports uncertain commits."""

import re
import select
from time import monotonic
from typing import Any, Self

import psycopg
from psycopg import pq
from psycopg.errors import _WaitTimeout

from config.postgres.outcome import ReplicationWait, known_outcome

LIMITS = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
"""The server's time limits that every connection requests."""

READ_ONLY = "-c default_transaction_read_only=on"
"""Requested by connections to a replica. A replica refuses writes even without it."""

_LIMIT = re.compile(rf"-c ?(?:{'|'.join(LIMITS)})=\d+|{READ_ONLY}")

SPARE_SECONDS = 2.0
"""How much longer than the server's statement time-out a client waits for an answer."""

_SERVER_IS_NOT_THE_ONE = ("57P01", "57P02", "25006")
"""SQLSTATEs of a server that was shut down, crashed or is read-only, for example after a failover.

Other connections may be to the same server."""


class NoAnswer(psycopg.OperationalError):
    """PostgreSQL did not answer in time. It may be frozen, or the network lost its answer."""

    def __init__(self) -> None:
        super().__init__("PostgreSQL did not answer in time; the connection is closed")


class Connection(psycopg.Connection[Any]):
    """``prepared`` contains the names of the statements that were prepared on this connection.

    ``patience_seconds`` is how long to wait for one answer; None waits as long as it takes.
    """

    def __init__(self, pgconn: "pq.abc.PGconn", *args: Any, **kwargs: Any) -> None:
        super().__init__(pgconn, *args, **kwargs)
        self.opened_at = monotonic()
        self.patience_seconds: float | None = 5.0  # until the server's own limits are known
        self.prepared: set[bytes] = set()
        self.replication_wait = ReplicationWait()
        self.add_notice_handler(self.replication_wait.note)

    @classmethod
    def connect(cls, conninfo: str = "", **kwargs: Any) -> Self:
        """PgBouncer refuses ``options``. Then connect without them, if they only request limits.

        The caller must check that the limits are in force (``config.postgres.limits``).
        """
        try:
            return super().connect(conninfo, **kwargs)
        except psycopg.OperationalError as error:
            options = str(kwargs.get("options") or "")
            is_refused = "unsupported startup parameter" in str(error)
            if not options or not is_refused or _LIMIT.sub("", options).strip():
                raise
        return super().connect(conninfo, **{**kwargs, "options": ""})

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """psycopg waits for every answer here. Raises NoAnswer after closing the connection."""
        try:
            return super().wait(
                gen, interval, self.patience_seconds if timeout is None else timeout
            )
        except _WaitTimeout:
            self.pgconn.finish()
            raise NoAnswer from None

    def commit(self) -> None:
        """Raises TransactionResolutionUnknown if COMMIT was sent and its answer was lost."""
        with known_outcome(self):
            super().commit()

    def is_cut(self) -> bool:
        """Whether the server has closed the connection. Does not send anything to the server."""
        poll = select.poll()
        try:
            poll.register(self.pgconn.socket, select.POLLIN)
            while poll.poll(0):
                self.pgconn.consume_input()
                self.pgconn.is_busy()  # processes the message, which may be a notice
        except psycopg.OperationalError:
            self.pgconn.finish()
        return self.closed


def tells_of_the_server(error: psycopg.Error, connection: Connection) -> bool:
    """Whether the error means that other connections to this server cannot be trusted either."""
    return error.sqlstate in _SERVER_IS_NOT_THE_ONE or connection.closed
