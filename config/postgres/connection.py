"""A psycopg connection that says when it does not know what became of a COMMIT."""

from typing import Any

import psycopg
from psycopg import pq

from config.postgres.outcome import ReplicationWait, known_outcome


class Connection(psycopg.Connection[Any]):
    """``prepared`` names the statements that the server knows of this connection."""

    def __init__(self, pgconn: "pq.abc.PGconn", *args: Any, **kwargs: Any) -> None:
        super().__init__(pgconn, *args, **kwargs)
        self.prepared: set[bytes] = set()
        self.replication_wait = ReplicationWait()
        self.add_notice_handler(self.replication_wait.note)

    def commit(self) -> None:
        """Raises TransactionResolutionUnknown where COMMIT was sent and its answer was lost."""
        with known_outcome(self):
            super().commit()
