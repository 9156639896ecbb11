"""The provider's part of the search box."""

from collections.abc import Iterator

from django.conf import settings
from django.http import HttpRequest

from config.backoffice.display import page_url
from config.backoffice.search import Hit, search_source
from provider.admin.display import of_any_casino
from provider.models import Bet, Customer, GameRound, Run, Session

_MOST = 10


@search_source
def provider_hits(request: HttpRequest, term: str) -> Iterator[Hit]:
    """If the casino is served too, its pages show both sides, so our hits do not count as exact."""
    if not request.user.has_perm("provider.view_gameround"):
        return
    is_alone = "casino" not in settings.SERVICES
    for session in Session.objects.filter(provider_session_id=term):
        yield Hit("Provider's session", term, page_url(Session, session.pk))
    for run in Run.objects.filter(of_any_casino(kind__in=("SIMULATION", "SPIN"), run_id=term)):
        yield Hit("Provider's run", term, page_url(Run, run.pk))
    for round_ in GameRound.objects.filter(of_any_casino(round_id=term))[:_MOST]:
        yield Hit("Provider's round", term, page_url(GameRound, round_.pk), is_alone)
    for bet in Bet.objects.filter(of_any_casino(transaction_id=term))[:_MOST]:
        yield Hit("Provider's transaction", term, page_url(Bet, bet.pk), is_alone)
    for customer in Customer.objects.filter(of_any_casino(player_id=term))[:_MOST]:
        yield Hit("Provider's customer", term, page_url(Customer, customer.pk), is_alone)
