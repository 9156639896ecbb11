"""What recovery could not settle within ``PROVIDER_RECOVERY_HOURS``; staff must look at it."""

from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Now

from provider.models import OPEN_STATUSES, Bet, Run, RunStatus


def overdue_bets(bets: QuerySet[Bet]) -> QuerySet[Bet]:
    """Those of ``bets`` that have been undecided for too long."""
    return bets.filter(status__in=OPEN_STATUSES, created_at__lt=Now() - _too_long())


def overdue_runs(runs: QuerySet[Run]) -> QuerySet[Run]:
    """Those of ``runs`` that have been open for too long."""
    return runs.exclude(status=RunStatus.FINISHED).filter(created_at__lt=Now() - _too_long())


def _too_long() -> timedelta:
    return timedelta(hours=settings.PROVIDER_RECOVERY_HOURS)
