"""Stores the results of audits and reconciliations for the admin, and says how they ended."""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, InterfaceError
from django.utils import timezone
from django.utils.safestring import SafeString

from config.backoffice.dashboard import Attention
from config.backoffice.display import ago, list_url, page_url, pill
from config.backoffice.models import Check, CheckRun

logger = logging.getLogger(__name__)


def remember(
    *,
    check: Check,
    scope: str,
    began_at: datetime,
    looked_at: int,
    found: dict[str, int],
    totals: dict[str, object] | None = None,
    checkpoint_at: datetime | None = None,
    asked_by: str = "",
    is_clean: bool | None = None,
    fault: str = "",
) -> CheckRun:
    """Store the result of a check, for the front page and the list of checks."""
    return CheckRun.objects.create(
        check_kind=check,
        scope=scope[:200],
        began_at=began_at,
        ended_at=timezone.now(),
        looked_at=looked_at,
        found=found,
        totals=totals or {},
        is_clean=not found if is_clean is None else is_clean,
        fault=fault,
        checkpoint_at=checkpoint_at,
        asked_by=asked_by,
    )


def remember_if_possible(**run: Any) -> None:
    """The same for a command, which must report its result even if it cannot be stored."""
    try:
        remember(**run)
    except (DatabaseError, InterfaceError) as fault:
        logger.warning("this run could not be stored for the admin: %s", fault)


def verdict(run: CheckRun) -> SafeString:
    """How the run ended. A run with a fault does not know whether there are differences."""
    if run.fault:
        return pill("not compared completely" if run.looked_at else "not compared", "warn")
    return pill("clean", "good") if run.is_clean else pill("differences", "bad")


def what_it_found(run: CheckRun) -> str:
    """How often each kind of fault was found, and why the run could not be completed."""
    kinds = [f"{kind.replace('_', ' ')}: {number}" for kind, number in run.found.items()]
    return "; ".join(filter(None, (run.fault, ", ".join(kinds)))) or "nothing"


def last_run(check: Check, *, now: datetime, old_after: timedelta) -> Attention:
    """A line for the front page: bad if the last run is not clean, is old or does not exist.

    A command may check several casinos. If one of these runs is not clean, the line is about it.
    """
    runs = CheckRun.objects.filter(check_kind=check).order_by("-id")
    last = runs.first()
    words = f"Last {check.label}"
    if last is None:
        return Attention(words, "never", list_url(CheckRun), "bad")
    last = runs.filter(began_at=last.began_at, is_clean=False).first() or last
    if last.fault:
        end = f"could not be compared{' completely' if last.looked_at else ''}: {last.fault}"
    else:
        end = "clean" if last.is_clean else "found differences"
    is_good = last.is_clean and now - last.ended_at <= old_after
    return Attention(
        words,
        f"{ago(last.ended_at, now)} ago, {end}",
        page_url(CheckRun, last.pk),
        "good" if is_good else "bad",
    )
