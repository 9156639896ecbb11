"""Lends a connection and bypasses Django, which takes as long to open and close one as a query.

A thread never holds two connections: if Django has one open in this thread, that one is lent.
"""

from math import ceil, inf
from time import monotonic
from types import TracebackType
from typing import Self

import psycopg

from config.postgres.base import DatabaseWrapper
from config.postgres.connection import Connection


class Loan:
    """A connection for the duration of a block. Errors in the block are psycopg's.

    ``give_up_at`` is the latest time (of ``time.monotonic``) to wait for answers. It is
    ``within_seconds`` from now; the default is the connection's ``patience_seconds``.
    """

    __slots__ = ("_is_held", "_wrapper", "connection", "give_up_at", "is_django_s")

    connection: Connection

    def __init__(self, wrapper: DatabaseWrapper, within_seconds: float | None = None) -> None:
        self._wrapper = wrapper
        self._is_held = False
        now = monotonic()
        self._take(within_seconds)
        patience = within_seconds or self.connection.patience_seconds
        self.give_up_at = inf if patience is None else now + patience

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(exc_value, psycopg.Error):
            self._wrapper.judge(exc_value, self.connection)
        self._return()

    def replace(self) -> None:
        """Take another connection in place of a dead one. Raises psycopg_pool.PoolTimeout."""
        self._wrapper.drain_pool_of(self.connection)
        self._return()
        self._take()

    def milliseconds_left(self) -> int | None:
        """Milliseconds until ``give_up_at``; None means no limit."""
        if self.give_up_at == inf:
            return None
        return max(0, ceil((self.give_up_at - monotonic()) * 1000))

    def _take(self, within_seconds: float | None = None) -> None:
        wrapper = self._wrapper
        self.is_django_s = wrapper.connection is not None or wrapper.pool is None
        if self.is_django_s:
            wrapper.ensure_connection()
            assert wrapper.connection is not None
            self.connection = wrapper.connection
        else:
            self.connection = wrapper.borrow(within_seconds)
        self._is_held = True

    def _return(self) -> None:
        """Return each connection only once: each time, the pool would replace a dead one."""
        if not self._is_held:
            return
        self._is_held = False
        if not self.is_django_s:
            self._wrapper.give_back(self.connection)
        elif self.connection.closed:
            self._wrapper.close()  # the next use opens another one
