"""Decides which server a read uses: the primary or, within a block of this module, its replica.

``connection`` and the models of our services follow it. Decisions about money do not: a money
transaction refuses to begin within such a block, our tables cannot be written or locked in it, and
the replica's connections are read-only.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from functools import cache
from time import sleep
from typing import Any, NamedTuple, TypeVar, cast

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, OperationalError, ProgrammingError, connections

from config.postgres.base import DatabaseWrapper
from config.postgres.identity import COLUMNS, Identity
from config.postgres.watch import ANSWERS_WITHIN_SECONDS, Watch

ALIAS = "replica"
FURTHEST_BEHIND = timedelta(seconds=60)
"""A replica that is further behind is not used while the primary is available."""

_CATCHES_UP_WITHIN_SECONDS = 0.2
_LOOKS_EVERY_SECONDS = 0.02
_CONFLICT = "40001"
"""The replica ended a query because it had to replay a change to the rows that the query reads."""

_NOW_OF_PRIMARY = f"""
SELECT CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_lsn()::text END, clock_timestamp(),
    {COLUMNS}
"""
_STATE_OF_REPLICA = f"""
SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END
        >= %s::pg_lsn,
    CASE WHEN NOT pg_is_in_recovery() THEN clock_timestamp()
        ELSE coalesce(pg_last_xact_replay_timestamp(), (pg_control_checkpoint()).checkpoint_time)
    END,
    clock_timestamp(), {COLUMNS}
"""

Result = TypeVar("Result")


class Source(NamedTuple):
    """The source of a block's reads. It has everything that was committed until ``as_of``.

    ``behind`` is how long ago that was. ``why`` says why it is the primary and not the replica.
    """

    alias: str
    as_of: datetime
    behind: timedelta = timedelta()
    why: str = ""

    def __str__(self) -> str:
        if self.alias == ALIAS:
            return f"replica, {_seconds(self.behind)} behind"
        return f"primary, because the replica {self.why}"


class ReplicaUnusable(OperationalError):
    """The replica does not answer, is too far behind, or lost a query to a change it replayed.

    Or it is not the primary's replica at all.
    """


class _Primary(NamedTuple):
    """The end of the primary's log, which a standby at its address has not, and the time there."""

    position: str | None
    now: datetime
    identity: Identity


class _Replica(NamedTuple):
    """Whether it has replayed a position, until when it has everything, and the time there."""

    has_caught_up: bool | None
    as_of: datetime
    now: datetime


_source: ContextVar[Source | None] = ContextVar("source", default=None)


class _Connection:
    """The connection that a read uses now. The same methods as ``django.db.connection``."""

    def __getattr__(self, name: str) -> Any:
        return getattr(connections[alias()], name)


connection = cast(DatabaseWrapper, _Connection())


def alias() -> str:
    """The database that a read uses now."""
    source = current()
    return DEFAULT_DB_ALIAS if source is None else source.alias


def current() -> Source | None:
    """The source of reads within a block of this module, otherwise None."""
    return _source.get()


def require_primary() -> None:
    """Raises RuntimeError within a block of this module: what it reads may be out of date."""
    if current() is not None:
        raise RuntimeError("nothing may be decided on what a replica said")


@cache
def is_configured() -> bool:
    return ALIAS in settings.DATABASES


def primary() -> Watch | None:
    """Whether the primary is unavailable; None if there is no replica."""
    if not is_configured():
        return None
    return cast(DatabaseWrapper, connections[DEFAULT_DB_ALIAS]).watch


@contextmanager
def reading() -> Iterator[Source | None]:
    """Read from the replica in this block, or from the primary if the replica is unusable.

    Without a replica, and in another such block, nothing changes. Raises ReplicaUnusable if the
    replica fails within the block.
    """
    outer = current()
    if not is_configured() or outer is not None:
        yield outer
        return
    try:
        source = _source_now()
    except ReplicaUnusable as reason:
        source = Source(DEFAULT_DB_ALIAS, datetime.now(UTC), why=str(reason))
    with _reading_from(source):
        yield source


def read(work: Callable[[], Result]) -> Result:
    """Return the result of ``work``, which only reads, within ``reading``.

    If the replica fails while it works, it starts again on the primary.
    """
    try:
        with reading():
            return work()
    except ReplicaUnusable as reason:
        source = Source(DEFAULT_DB_ALIAS, datetime.now(UTC), why=str(reason))
    with _reading_from(source):
        return work()


@contextmanager
def reading_while_primary_is_away() -> Iterator[Source]:
    """Read from the replica in this block, however far behind it is.

    Raises ReplicaUnusable if the replica does not answer either, or is no replica.
    """
    with _telling_why():
        replica = _ask_replica(None)
    with _reading_from(Source(ALIAS, replica.as_of, replica.now - replica.as_of)) as source:
        yield source


@contextmanager
def _reading_from(source: Source) -> Iterator[Source]:
    token = _source.set(source)
    try:
        yield source
    except Error as error:
        if source.alias == ALIAS and _is_of_the_server(error):
            raise ReplicaUnusable("ended a query") from error
        raise
    finally:
        _source.reset(token)
        if source.alias == ALIAS:
            connections[ALIAS].close()  # returns it to the pool


def _is_of_the_server(error: Error) -> bool:
    cause = error.__cause__
    is_lost = connections[ALIAS].connection is None or connections[ALIAS].connection.closed
    return is_lost or getattr(cause, "sqlstate", None) == _CONFLICT


def _source_now() -> Source:
    """Raises ReplicaUnusable."""
    with _telling_why():
        primary = _ask_primary()
        replica = _ask_replica(primary)
        for _ in range(round(_CATCHES_UP_WITHIN_SECONDS / _LOOKS_EVERY_SECONDS)):
            if replica.has_caught_up or primary is None or primary.position is None:
                break
            sleep(_LOOKS_EVERY_SECONDS)
            replica = _ask_replica(primary)
    if replica.has_caught_up and primary is not None:
        return Source(ALIAS, primary.now)
    behind = max(timedelta(), (primary or replica).now - replica.as_of)
    if behind > FURTHEST_BEHIND and primary is not None:
        raise ReplicaUnusable(f"is {_seconds(behind)} behind")
    return Source(ALIAS, replica.as_of, behind)


def _ask_primary() -> _Primary | None:
    """None if it is unavailable."""
    try:
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute(_NOW_OF_PRIMARY)
            position, now, *identity = cursor.fetchone()
    except OperationalError:
        return None
    return _Primary(position, now, Identity(*identity))


def _ask_replica(primary: _Primary | None) -> _Replica:
    """Raises ReplicaUnusable if it is not the primary's replica. None: the primary is away."""
    wrapper = cast(DatabaseWrapper, connections[ALIAS])
    with wrapper.answering_within(ANSWERS_WITHIN_SECONDS), wrapper.cursor() as cursor:
        cursor.execute(_STATE_OF_REPLICA, [primary and primary.position])
        has_caught_up, as_of, now, *identity = cursor.fetchone()
    _require_replica(Identity(*identity), primary)
    return _Replica(has_caught_up, as_of, now)


def _require_replica(found: Identity, primary: _Primary | None) -> None:
    """Raises ReplicaUnusable, and logs the reason once."""
    if primary is not None:
        why = found.why_not_replica_of(primary.identity)
    else:
        absent = cast(DatabaseWrapper, connections[DEFAULT_DB_ALIAS]).watch
        why = found.why_not_replica_of_absent(absent.identity if absent else None)
    watch = cast(DatabaseWrapper, connections[ALIAS]).watch
    if watch is not None:
        watch.distrust(why)
    if why:
        raise ReplicaUnusable(why)


@contextmanager
def _telling_why() -> Iterator[None]:
    """Raise ReplicaUnusable for any error of the database."""
    try:
        yield
    except ReplicaUnusable:
        raise
    except ProgrammingError as error:  # the role may not ask which server this is
        why = str(error).partition("\n")[0]
        raise ReplicaUnusable(f"cannot be identified: {why}") from error
    except Error as error:
        raise ReplicaUnusable("is not answering") from error


def _seconds(behind: timedelta) -> str:
    return f"{behind.total_seconds():,.0f} s"
