"""Nonces in a PostgreSQL table: a nonce can be used only once, whichever process receives it.

The table is logged, so that after a failover the standby knows the nonces that were used.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import connections

from config.wire.strict import WINDOW_SECONDS

# A timestamp may be one window ahead on arrival, and then stays valid for another window.
KEPT_SECONDS = 2 * WINDOW_SECONDS + 60
PRUNED_EVERY_SECONDS = 10.0
MOST_PRUNED_AT_ONCE = 10_000


@dataclass
class NonceTable:
    """The nonces that were used. ``alias`` returns the database that ``table`` is in."""

    table: str
    alias: Callable[[], str]
    _pruned_at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def claim(self, signer: str, nonce: str) -> bool:
        """Commits immediately, before the request is processed."""
        with connections[self.alias()].cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {self.table} (signer, nonce) VALUES (%s, %s) ON CONFLICT DO NOTHING",
                [signer, nonce],
            )
            is_new: bool = cursor.rowcount == 1
            if self._is_time_to_prune():
                cursor.execute(
                    f"DELETE FROM {self.table} WHERE ctid = ANY(ARRAY(SELECT ctid "
                    f"FROM {self.table} WHERE used_at < now() - %s * interval '1 second' "
                    f"LIMIT {MOST_PRUNED_AT_ONCE} FOR UPDATE SKIP LOCKED))",
                    [KEPT_SECONDS],
                )
        return is_new

    def _is_time_to_prune(self) -> bool:
        now = time.monotonic()
        with self._lock:
            if now - self._pruned_at < PRUNED_EVERY_SECONDS:
                return False
            self._pruned_at = now
            return True
