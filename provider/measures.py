"""The numbers of the provider that are looked up when its metrics are read.

Each counts along an index of what is open alone, and no further than MOST_COUNTED.
"""

from django.db.models import Model, QuerySet

from config.metrics import LookedUp, look_up_at_scrape
from provider.models import Bet, BetStatus, GameRound, RoundStatus

MOST_COUNTED = 100_000


def register() -> None:
    look_up_at_scrape(
        LookedUp(
            "provider_uncertain_bets",
            "Bets, payouts and rollbacks that no answer of a casino has decided.",
            lambda: _count(
                Bet.objects.filter(
                    status__in=[BetStatus.PENDING, BetStatus.UNKNOWN, BetStatus.VOIDING]
                )
            ),
        ),
        LookedUp(
            "provider_open_rounds",
            "Rounds that are neither settled nor void.",
            lambda: _count(GameRound.objects.filter(status=RoundStatus.OPEN)),
        ),
    )


def _count(rows: QuerySet[Model]) -> float:
    return float(rows.values("pk")[:MOST_COUNTED].count())
