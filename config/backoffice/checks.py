"""Stores the results of audits and reconciliations for the admin."""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from config.backoffice.dashboard import Attention
from config.backoffice.display import ago, list_url, page_url
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
        checkpoint_at=checkpoint_at,
        asked_by=asked_by,
    )


def remember_if_possible(**run: Any) -> None:
    """The same for a command, which must report its result even if it cannot be stored."""
    try:
        remember(**run)
    except (DatabaseError, InterfaceError) as fault:
        logger.warning("this run could not be stored for the admin: %s", fault)


def last_run(check: Check, *, now: datetime, old_after: timedelta) -> Attention:
    """A line for the front page: bad if the last run found something, is old or does not exist."""
    last = CheckRun.objects.filter(check_kind=check).order_by("-id").first()
    words = f"Last {check.label}"
    if last is None:
        return Attention(words, "never", list_url(CheckRun), "bad")
    verdict = "clean" if last.is_clean else "found differences"
    is_good = last.is_clean and now - last.ended_at <= old_after
    return Attention(
        words,
        f"{ago(last.ended_at, now)} ago, {verdict}",
        page_url(CheckRun, last.pk),
        "good" if is_good else "bad",
    )
