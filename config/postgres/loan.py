"""Lends a connection past Django: what Django does to open and close one costs as much as a query.

A thread never holds two connections: where Django has one open in this thread, that one is lent.
"""

from math import ceil, inf
from time import monotonic
from types import TracebackType
from typing import Self

import psycopg

from config.postgres.base import DatabaseWrapper
from config.postgres.connection import Connection


class Loan:
    """A connection for the length of a block. Errors in the block are psycopg's.

    ``give_up_at``: the moment of ``time.monotonic`` until which answers may be waited for. It is
    ``within_seconds`` from now or, without, as long from now as the connection has patience.
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
        """Take another connection for one that is dead. Raises psycopg_pool.PoolTimeout."""
        self._wrapper.drain_pool_of(self.connection)
        self._return()
        self._take()

    def milliseconds_left(self) -> int | None:
        """Until ``give_up_at``; None: no end."""
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
        """Once per connection: the pool replaces a dead one each time that it comes back."""
        if not self._is_held:
            return
        self._is_held = False
        if not self.is_django_s:
            self._wrapper.give_back(self.connection)
        elif self.connection.closed:
            self._wrapper.close()  # whoever asks next gets another
