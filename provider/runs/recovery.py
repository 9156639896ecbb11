"""Ends open runs: payouts are sent until they are paid, bets are retried or rolled back.

A run stays open if its process died or the casino did not answer. Recovery continues it, as its
caller would, and the journal ensures that nothing is done twice. Several recoveries share the work:
each claims one run at a time, in a short transaction that ends before the casino is called.
"""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connections, router, transaction
from django.db.models import Q
from django.db.models.functions import Now

from config.wire.request_id import bind_request_id
from provider.models import Run, RunKind, RunStatus
from provider.runs import driver

logger = logging.getLogger(__name__)

MOST_SILENCES = 3
"""If a casino does not answer for this many runs in a row, the pass skips its other runs."""

_CLOCK_SLEW = timedelta(minutes=1)
"""How far a clock can be set back by accident."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """The result of one pass, in runs."""

    finished: int
    left_open: int


def recover(
    *, grace_seconds: float | None = None, stopping: Callable[[], bool] = lambda: False
) -> Recovered:
    """Play every run that no process has touched for ``grace_seconds`` (default: the settings').

    ``stopping`` is called between two runs. If it returns True, the rest is left.
    """
    grace = settings.PROVIDER_RECOVERY_GRACE_SECONDS if grace_seconds is None else grace_seconds
    started = database_time()
    finished = 0
    left_open: list[int] = []
    silences: Counter[int] = Counter()
    while not stopping():
        run = _claim(started, timedelta(seconds=grace), left_open, _given_up(silences))
        if run is None:
            break
        if _finish(run, silences):
            finished += 1
        else:
            left_open.append(run.pk)
    return Recovered(finished, len(left_open))


def play_on(run: Run) -> None:
    """Finish a run that no process is playing any more. Raises driver.CasinoSilent.

    A tester's run is played as requested. A player's spin is not started without the player: if its
    stake was taken, it is given back.
    """
    driver.play(run_pk=run.pk, may_bet=run.kind == RunKind.SIMULATION)


def _finish(run: Run, silences: Counter[int]) -> bool:
    bind_request_id(None)  # one id for this run's calls, here and at the casino
    try:
        play_on(run)
    except driver.CasinoSilent as silence:
        silences[run.casino_id] += 1
        logger.warning("run %s stays open: %s", run.run_id, silence)
        return False
    except Exception:
        logger.exception("run %s stays open", run.run_id)
        return False
    silences.pop(run.casino_id, None)
    return True


def _claim(
    started: datetime, grace: timedelta, tried: list[int], silent_casinos: list[int]
) -> Run | None:
    """The run that was not touched for the longest time, now marked as touched.

    ``tried`` lists the runs of this pass: after the clock was set back, no time tells which they
    are. The row is locked only while it is marked.
    """
    # All times are the database's. A time in the future is from before its clock was set back.
    overdue = Q(touched_at__lt=started - grace) | Q(touched_at__gt=Now() + _CLOCK_SLEW)
    with transaction.atomic(using=router.db_for_write(Run)):
        run = (
            Run.objects.select_for_update(skip_locked=True, no_key=True)
            .exclude(status=RunStatus.FINISHED)
            .filter(overdue)
            .exclude(pk__in=tried)
            .exclude(casino_id__in=silent_casinos)
            .order_by("touched_at")
            .first()
        )
        if run is not None:
            Run.objects.filter(pk=run.pk).update(touched_at=Now())
    return run


def _given_up(silences: Counter[int]) -> list[int]:
    return [casino for casino, count in silences.items() if count >= MOST_SILENCES]


def database_time() -> datetime:
    """The database's clock is the same for all processes."""
    with connections[router.db_for_write(Run)].cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now
