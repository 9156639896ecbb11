"""Adds the ledger up into the summaries, each transaction exactly once, up to a watermark.

A transaction's id begins with the time at which it was made, under its wallet's lock, and it is
committed within seconds or never (see ``casino.ledger.feed``). So everything before a horizon of
one minute ago is complete, unless a database transaction has been open for longer: then the horizon
is the moment at which that transaction began. Only one process adds up at a time, and it moves the
watermark in the same transaction. A debit has nothing to do with this and is not slowed down by it.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from casino.books.everywhere import within
from casino.ledger.ids import first_id_at
from casino.ledger.snapshot import snapshot
from casino.reports.models import GameHour, OpenRound, PlayerDay, Progress
from casino.reports.sql import ADD_UP
from config.books import names
from config.postgres import replica

logger = logging.getLogger(__name__)

CHUNK = 10_000
"""Transactions that one step adds up, which takes a fraction of a second."""

SETTLED_AFTER = timedelta(minutes=1)
LONGEST_TAIL = 50_000
"""Transactions beyond the watermark that a report adds up by itself."""

FIRST, BEYOND_ALL = UUID(int=0), UUID(int=2**128 - 1)

_OLDEST_WRITER = """
SELECT min(xact_start) FROM pg_stat_activity
WHERE datname = current_database() AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()
"""
_END_OF_CHUNK = """
SELECT id FROM casino_transactions WHERE id >= %(begin)s AND id < %(horizon)s
ORDER BY id OFFSET %(chunk)s LIMIT 1
"""
_IS_THERE_MORE = """
SELECT EXISTS (SELECT FROM casino_transactions WHERE id >= %s ORDER BY id OFFSET %s)
"""


@dataclass(frozen=True, slots=True)
class Reach:
    """Which part of the ledger a report adds up by itself, and how far its answer goes.

    The summaries hold the ids below ``before``; the ledger is read from there up to ``end``. If
    that would take too long, the answer is incomplete: it goes up to ``summarised_at``.
    """

    before: UUID
    end: UUID
    is_complete: bool
    summarised_at: datetime | None
    book: str = ""
    of_books: "tuple[Reach, ...]" = ()
    """If players are spread over books, the reach of each book: each has summaries of its own.
    """

    @property
    def parameters(self) -> dict[str, Any]:
        return {"begin": self.before, "end": self.end}

    def each(self) -> "Iterator[Reach]":
        """The reach of every book in turn, while queries read it; without books, this one."""
        for reach in self.of_books or (self,):
            with within(reach.book):
                yield reach


@contextmanager
def reading() -> Iterator[Reach]:
    """Keep one state of ledger and summaries for all queries within.

    Raises RuntimeError within a transaction.
    """
    with snapshot():
        reaches = []
        for book in names() or [""]:
            with within(book):
                reaches.append(_reach(book))
        yield reaches[0] if len(reaches) == 1 else _of_all(reaches)


def _reach(book: str) -> Reach:
    progress = Progress.objects.filter(pk=1).first()
    before = (progress and progress.before) or FIRST
    is_complete = not _has_more_than(before, LONGEST_TAIL)
    end = BEYOND_ALL if is_complete else before
    return Reach(before, end, is_complete, progress.moved_at if progress else None, book)


def _of_all(reaches: list[Reach]) -> Reach:
    """How far an answer from all books together goes."""
    own = next(each for each in reaches if each.book == settings.BOOK)
    moved = [each.summarised_at for each in reaches if not each.is_complete]
    return replace(
        own,
        is_complete=not moved,
        summarised_at=min(filter(None, moved), default=None) if all(moved) else None,
        of_books=tuple(reaches),
    )


def _has_more_than(before: UUID, number: int) -> bool:
    with replica.connection.cursor() as cursor:
        cursor.execute(_IS_THERE_MORE, [before, number])
        return bool(cursor.fetchone()[0])


def catch_up(*, now: datetime, most_chunks: int | None = None) -> int:
    """Add up the latest transactions in at most ``most_chunks`` steps and return their number.

    Every step locks the one row of progress. Does nothing if another process is adding up.
    """
    made = 0
    while (most_chunks is None or made < most_chunks) and _step(now):
        made += 1
    return made


def catch_up_if_due(*, now: datetime) -> None:
    """Add up one chunk if nobody did for a few minutes; a page can wait that long.

    If the database is read-only or is a replica, the page continues with the existing summaries.
    """
    if replica.current() is not None:
        return
    moved_at = Progress.objects.filter(pk=1).values_list("moved_at", flat=True).first()
    if moved_at is None or now - moved_at > 3 * SETTLED_AFTER:
        try:
            catch_up(now=now, most_chunks=1)
        except DatabaseError as fault:
            logger.warning("the ledger cannot be added up now: %s", fault)


def start_again() -> None:
    """Forget all sums, so that everything is added up again from the beginning."""
    with transaction.atomic():
        _lock_progress(wait=True)
        for model in (GameHour, PlayerDay, OpenRound):
            model._default_manager.all().delete()
        Progress.objects.filter(pk=1).update(before=None, moved_at=None)


def _step(now: datetime) -> bool:
    """Add up one chunk. Returns False if nothing is left or another process is adding up."""
    with transaction.atomic(), connection.cursor() as cursor:
        progress = _lock_progress(wait=False)
        if progress is None:
            return False
        begin = progress.before or FIRST
        horizon, horizon_at = _horizon(cursor, now)
        cursor.execute(_END_OF_CHUNK, {"begin": begin, "horizon": horizon, "chunk": CHUNK})
        row = cursor.fetchone()
        end = row[0] if row else max(horizon, begin)
        if end != begin:
            cursor.execute(ADD_UP, {"begin": begin, "end": end})
        moved_at = horizon_at if row is None else progress.moved_at
        Progress.objects.filter(pk=1).update(before=end, moved_at=moved_at)
        return row is not None


def _lock_progress(*, wait: bool) -> Progress | None:
    Progress.objects.bulk_create([Progress(pk=1)], ignore_conflicts=True)
    found = Progress.objects.select_for_update(skip_locked=not wait, no_key=True).filter(pk=1)
    return found.first()


def _horizon(cursor: Any, now: datetime) -> tuple[UUID, datetime]:
    cursor.execute(_OLDEST_WRITER)
    (oldest,) = cursor.fetchone()
    at = min(now - SETTLED_AFTER, oldest or now)
    return first_id_at(at), at
