"""What recovery could not bring to an end in ``PROVIDER_RECOVERY_HOURS``: a person's work."""

from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Now

from provider.models import Bet, BetStatus, Run, RunStatus

OPEN_STATUSES = (BetStatus.PENDING, BetStatus.UNKNOWN, BetStatus.VOIDING)


def overdue_bets(bets: QuerySet[Bet]) -> QuerySet[Bet]:
    """Those of ``bets`` that no answer of a casino decided for too long."""
    return bets.filter(status__in=OPEN_STATUSES, created_at__lt=Now() - _too_long())


def overdue_runs(runs: QuerySet[Run]) -> QuerySet[Run]:
    """Those of ``runs`` that are not over after too long."""
    return runs.exclude(status=RunStatus.FINISHED).filter(created_at__lt=Now() - _too_long())


def _too_long() -> timedelta:
    return timedelta(hours=settings.PROVIDER_RECOVERY_HOURS)
