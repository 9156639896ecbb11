"""Which database a connection has reached, and whether that is the primary's replica.

Another server may have the same tables and even the same rows: a copy, or a standby that was
promoted. What it says is out of date from then on, without any sign.
"""

from datetime import datetime
from typing import NamedTuple, Self

from psycopg.errors import InsufficientPrivilege

from config.postgres.connection import Connection

COLUMNS = """
(SELECT system_identifier FROM pg_control_system()),
(SELECT oid FROM pg_database WHERE datname = current_database()),
pg_postmaster_start_time(),
(SELECT timeline_id FROM pg_control_checkpoint()),
pg_is_in_recovery()
"""
"""The columns of an Identity, for a SELECT. They cost less than 0.1 ms."""


class Identity(NamedTuple):
    """A primary and its replicas share ``system`` and ``database``; copies of them do not.

    A server that is promoted keeps both and begins another ``timeline``. ``started_at`` tells
    servers with the same ``system`` apart.
    """

    system: int
    database: int
    started_at: datetime
    timeline: int
    is_in_recovery: bool

    @classmethod
    def of(cls, connection: Connection) -> Self | None:
        """None if the role may not ask."""
        try:
            row = connection.execute(f"SELECT {COLUMNS}").fetchone()
        except InsufficientPrivilege:
            return None
        assert row is not None
        return cls(*row)

    def why_not_replica_of(self, primary: Self) -> str:
        """Why this is not the replica of a primary that answers; blank if it is, or is the primary.

        A load balancer may lead to the primary when there is no other server.
        """
        if self._is_of(primary) and self.started_at == primary.started_at:
            return ""
        if why := self.why_not_replica_of_absent(primary):
            return why
        return "follows another primary" if self.timeline > primary.timeline else ""

    def why_not_replica_of_absent(self, primary: Self | None) -> str:
        """The same for a primary that was once known, or None. It may have a successor by now.

        A server that follows nobody is refused even if it was that primary: if it lost its role,
        it may not know that yet.
        """
        if primary is not None and not self._is_of(primary):
            return "is another database"
        return "" if self.is_in_recovery else "follows no primary"

    def _is_of(self, other: Self) -> bool:
        return (self.system, self.database) == (other.system, other.database)
