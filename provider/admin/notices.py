"""On the front page: how many bets wait for a person."""

from collections.abc import Iterator

from django.conf import settings
from django.http import HttpRequest

from config.backoffice.display import list_url
from config.backoffice.notices import Notice, notice_source
from provider.models import Bet
from provider.overdue import overdue_bets

_MOST_COUNTED = 1_000


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
