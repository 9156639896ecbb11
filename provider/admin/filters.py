"""Filters of the provider's tables."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest

from config.admin_views.linked_filter import LinkedFilter
from provider.models import Bet, BetStatus, Customer, GameRound, Run, RunStatus, Session

OPEN_TOO_LONG = timedelta(hours=1)
"""Recovery has tried for so long: what is still open is for a person to look into."""

OPEN_STATUSES = (BetStatus.PENDING, BetStatus.UNKNOWN, BetStatus.VOIDING)


class CustomerFilter(LinkedFilter):
    title = parameter_name = "customer"
    model = Customer
    column = "customer_id"


class SessionFilter(LinkedFilter):
    title = parameter_name = "session"
    model = Session
    column = "session_id"


class RunFilter(LinkedFilter):
    title = parameter_name = "run"
    model = Run
    column = "run_id"


class RoundFilter(LinkedFilter):
    title = parameter_name = "round"
    model = GameRound
    column = "round_id"


class BetFilter(LinkedFilter):
    title = parameter_name = "bet"
    model = Bet
    column = "bet_id"


class ForAPersonFilter(SimpleListFilter):
    """What recovery could not bring to an end."""

    title = "for a person"
    parameter_name = "for_a_person"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return (("yes", "open for over an hour"),)

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        if self.value() != "yes":
            return queryset
        old = queryset.filter(created_at__lt=Now() - OPEN_TOO_LONG)
        if queryset.model is Bet:
            return old.filter(status__in=OPEN_STATUSES)
        return old.exclude(status=RunStatus.FINISHED)
