"""Notices on the front page: casinos to which every call fails, and bets that need a decision."""

from collections.abc import Iterator

from django.conf import settings
from django.http import HttpRequest

from config.backoffice.display import list_url, page_url
from config.backoffice.notices import Notice, notice_source
from provider.alarm import failing_casinos
from provider.models import Bet, Casino
from provider.runs.overdue import overdue_bets

_MOST_COUNTED = 1_000
_MOST_CASINOS = 10


@notice_source
def casinos_that_fail(request: HttpRequest) -> Iterator[Notice]:
    if not request.user.has_perm("provider.view_casino"):
        return
    for casino in failing_casinos()[:_MOST_CASINOS]:
        yield Notice(
            f"Every call to the casino {casino} has failed since "
            f"{casino.failing_since:%H:%M:%S} UTC, last at {casino.failed_at:%H:%M:%S} UTC: "
            f"{casino.failure}.",
            page_url(Casino, casino.pk),
        )


@notice_source
def bets_for_a_person(request: HttpRequest) -> Iterator[Notice]:
    if not request.user.has_perm("provider.view_bet"):
        return
    count = overdue_bets(Bet.objects.all()).values("pk")[:_MOST_COUNTED].count()
    if count:
        number = f"{count:,}" if count < _MOST_COUNTED else f"{count:,} or more"
        yield Notice(
            f"Bets, payouts and rollbacks undecided for over {settings.PROVIDER_RECOVERY_HOURS} h: "
            f"{number}. Ask the casino about them.",
            list_url(Bet, for_a_person="yes"),
        )
