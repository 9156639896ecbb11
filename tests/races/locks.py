"""Locks held by somebody else, and a look at who waits for them."""

import contextlib
import time
from collections.abc import Iterator

import psycopg

from tests.servers import database_url

_WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


class Held:
    """A wallet's row, locked by a connection of its own."""

    def __init__(self, connection: "psycopg.Connection[tuple[int]]") -> None:
        self._connection = connection

    def wait_for_waiting(self, number: int) -> None:
        """Return once so many requests wait for a lock; they get it in the order they came."""
        give_up_at = time.monotonic() + 10
        while time.monotonic() < give_up_at:
            row = self._connection.execute(_WAITING).fetchone()
            if row and row[0] >= number:
                return
            time.sleep(0.005)
        raise AssertionError(f"not {number} requests are waiting")

    def release(self) -> None:
        self._connection.rollback()


@contextlib.contextmanager
def held(*wallet_pks: int) -> Iterator[Held]:
    """Until the block ends, or ``release``."""
    with psycopg.connect(database_url()) as connection:
        connection.execute(
            "SELECT FROM casino_wallets WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
            [list(wallet_pks)],
        )
        yield Held(connection)
        connection.rollback()
