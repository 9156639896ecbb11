"""Ensures that the server's time limits are in force; the client waits a little longer."""

import re
from collections.abc import Mapping

import psycopg

from config.postgres.connection import LIMITS, SPARE_SECONDS, Connection

_ASKED = re.compile(rf"-c ?({'|'.join(LIMITS)})=(\d+)")
_IN_FORCE = """
SELECT pg_backend_pid(), max(setting::int) FILTER (WHERE name = 'lock_timeout'),
    max(setting::int) FILTER (WHERE name = 'statement_timeout'),
    max(setting::int) FILTER (WHERE name = 'idle_in_transaction_session_timeout')
FROM pg_settings
"""


class NoLimits(psycopg.OperationalError):
    """A pooler dropped the limits that the connection requested, and the role has none."""


def asked_for(options: str) -> dict[str, int]:
    """The limits in a connection's ``options``, in milliseconds; 0 means no limit."""
    return {name: int(limit_ms) for name, limit_ms in _ASKED.findall(options)}


def hold(connection: Connection, asked_ms: Mapping[str, int]) -> None:
    """Ensure that a new connection has its limits, and let the client wait a little longer.

    Raises NoLimits if a pooler removed the limits. Behind a pooler we cannot set them, because a
    session's settings may apply to another client's session. The role must have them.
    """
    row = connection.execute(_IN_FORCE).fetchone()
    assert row is not None
    backend_pid, *settings = row
    in_force_ms = dict(zip(LIMITS, settings, strict=True))
    missing = {
        name: limit_ms for name, limit_ms in asked_ms.items() if limit_ms and not in_force_ms[name]
    }
    if missing and backend_pid != connection.info.backend_pid:
        raise NoLimits(_advice(connection.info.user, missing))
    for name, limit_ms in missing.items():
        connection.execute(f"SET {name} = {limit_ms}")
    statement_ms = {**in_force_ms, **missing}["statement_timeout"]
    connection.patience_seconds = statement_ms / 1000 + SPARE_SECONDS if statement_ms else None


def _advice(role: str, missing: Mapping[str, int]) -> str:
    commands = "; ".join(
        f'ALTER ROLE "{role}" SET {name} = {limit_ms}' for name, limit_ms in missing.items()
    )
    return f"the pooler in front of PostgreSQL drops time limits; set them on the role: {commands}"
