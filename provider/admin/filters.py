"""Filters of the provider's tables."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest

from config.backoffice.linked_filter import LinkedFilter
from provider.models import Bet, Customer, GameRound, Run, Session
from provider.runs.overdue import overdue_bets, overdue_runs


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
    """Open runs that recovery could not finish."""

    title = "needs a person"
    parameter_name = "for_a_person"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return (("yes", f"open for over {settings.PROVIDER_RECOVERY_HOURS} h"),)

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        if self.value() != "yes":
            return queryset
        return overdue_bets(queryset) if queryset.model is Bet else overdue_runs(queryset)
