"""The provider's metrics that are queried at each scrape.

Each query counts rows of an index that only has open rows, up to MOST_COUNTED.
"""

from typing import Any

from django.db.models import QuerySet

from config.web.metrics import LookedUp, look_up_at_scrape
from provider.alarm import failing_casinos
from provider.models import OPEN_STATUSES, Bet, GameRound, RoundStatus
from provider.runs.overdue import overdue_bets

MOST_COUNTED = 100_000


def register() -> None:
    look_up_at_scrape(
        LookedUp(
            "provider_uncertain_bets",
            "Bets, payouts and rollbacks that no answer of a casino has decided.",
            lambda: _count(Bet.objects.filter(status__in=OPEN_STATUSES)),
        ),
        LookedUp(
            "provider_bets_for_a_person",
            "Those of them that recovery could not settle within PROVIDER_RECOVERY_HOURS.",
            lambda: _count(overdue_bets(Bet.objects.all())),
        ),
        LookedUp(
            "provider_open_rounds",
            "Rounds that are neither settled nor void.",
            lambda: _count(GameRound.objects.filter(status=RoundStatus.OPEN)),
        ),
        LookedUp(
            "provider_failing_casinos",
            "Casinos to which every recent call failed.",
            lambda: _count(failing_casinos()),
        ),
    )


def _count(rows: QuerySet[Any]) -> float:
    return float(rows.values("pk")[:MOST_COUNTED].count())
