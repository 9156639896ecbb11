"""Tells whether the outcome of a request's transactions is known.

Until COMMIT is sent, an error means that nothing was written. If the connection is lost after that,
it is not known whether the server carried it out. Such an error has SQLSTATE 08007, which the SQL
standard calls "transaction resolution unknown".
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import psycopg
from django.db import InterfaceError, InternalError, OperationalError
from psycopg.errors import Diagnostic, TransactionResolutionUnknown

_UNKNOWN = TransactionResolutionUnknown.sqlstate
_OPEN = ("08", "57P", "58", "XX")
"""Classes of SQLSTATE that mean that the server failed and not the statement: connection, shutdown,
system and internal errors."""


class ReplicationWait:
    """Notices that PostgreSQL gave up waiting for a synchronous standby.

    It then reports success with a warning: the transaction is committed on this server, but would
    be lost if a standby took over now.
    """

    __slots__ = ("was_cut_short",)

    def __init__(self) -> None:
        self.was_cut_short = False

    def note(self, notice: Diagnostic) -> None:
        # Not by its text, which is in the server's language.
        if notice.source_function == "SyncRepWaitForLSN":
            self.was_cut_short = True


class Committing(Protocol):
    """A connection that is about to send COMMIT or a statement that commits."""

    @property
    def closed(self) -> bool: ...

    @property
    def replication_wait(self) -> ReplicationWait: ...


@contextmanager
def known_outcome(connection: Committing) -> Iterator[None]:
    """Send COMMIT, or a statement that commits immediately, in this block.

    Raises TransactionResolutionUnknown if it was sent and its outcome is not known.
    """
    if connection.closed:
        yield  # nothing can be sent, so the error means that nothing was written
        return
    waited = connection.replication_wait
    waited.was_cut_short = False
    try:
        yield
    except psycopg.Error as error:
        if leaves_open(error):
            raise TransactionResolutionUnknown(f"COMMIT was sent; then: {error}") from error
        raise
    if waited.was_cut_short:
        raise TransactionResolutionUnknown("committed here, perhaps not on a standby")


@contextmanager
def after_writing() -> Iterator[None]:
    """For statements after a commit in the same request: an error may follow a write.

    If the database fails, it raises an OperationalError for which ``is_unknown`` is true.
    """
    try:
        yield
    except (OperationalError, InterfaceError, InternalError) as fault:
        written = TransactionResolutionUnknown("an earlier transaction of the request stands")
        raise OperationalError(str(fault)) from written


def leaves_open(error: psycopg.Error) -> bool:
    """Whether the server may have carried out the statement. libpq's own errors have no code."""
    return error.sqlstate is None or error.sqlstate.startswith(_OPEN)


def is_unknown(fault: BaseException) -> bool:
    """Whether this exception, or one that caused it, says that something was or may be written.

    Django cleans up after a failed COMMIT, and an error of the clean-up is raised instead.
    """
    behind: BaseException | None = fault
    while behind is not None:
        if getattr(behind, "sqlstate", None) == _UNKNOWN:
            return True
        behind = behind.__cause__ or behind.__context__
    return False
