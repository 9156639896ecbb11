"""Locks that somebody else holds, and a way to see who waits for them."""

import contextlib
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg

from casino.ledger.dispatcher import dispatcher
from tests.servers import database_url

_WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


# The same lock as the application's: a row that only refers to the wallet does not wait for it.
_LOCK = "SELECT FROM casino_wallets WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"

Connection = psycopg.Connection[tuple[int]]


class Held:
    """Wallets' rows, locked by a separate connection."""

    def __init__(self, url: str, wallet_pks: list[int]) -> None:
        self._url = url
        self._wallet_pks = wallet_pks
        self._watch = psycopg.connect(url, autocommit=True)
        self._connection = self._take(psycopg.connect(url))

    def _take(self, connection: Connection) -> Connection:
        connection.execute(_LOCK, [self._wallet_pks])
        return connection

    def let_one_by(self) -> None:
        """Let the first one that waits have the lock, and take it again right after."""
        with ThreadPoolExecutor(1) as thread:
            queued = thread.submit(self._take, psycopg.connect(self._url))
            try:
                self.wait_for_waiting(2)
            finally:
                self._connection.close()
            self._connection = queued.result(timeout=10)

    def wait_for_waiting(self, number: int) -> None:
        """Return once this many requests wait; they get the wallet in the order they came.

        This process's other requests wait in line behind the one that waits for the lock.
        """
        give_up_at = time.monotonic() + 10
        while time.monotonic() < give_up_at:
            row = self._watch.execute(_WAITING).fetchone()
            if row and row[0] + dispatcher.waiting >= number:
                return
            time.sleep(0.005)
        raise AssertionError(f"fewer than {number} requests are waiting")

    def release(self) -> None:
        self._connection.close()

    def close(self) -> None:
        self._connection.close()
        self._watch.close()


@contextlib.contextmanager
def held(*wallet_pks: int, url: str | None = None) -> Iterator[Held]:
    """Hold it until the block ends or ``release``. ``url``: another database than this run's."""
    lock = Held(url or database_url(), list(wallet_pks))
    try:
        yield lock
    finally:
        lock.close()
