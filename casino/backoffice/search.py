"""What the search box finds at the casino: players, wallets, rounds, transactions, sessions."""

import contextlib
from collections.abc import Iterator
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest

from casino.backoffice.addresses import round_page
from casino.ledger.queries import sources_in_use
from casino.models import GameSession, Transaction, User, Wallet
from casino.reports.rounds import find_rounds
from config.backoffice.display import page_url
from config.backoffice.search import Hit, search_source

_MOST = 20


@search_source
def casino_hits(request: HttpRequest, term: str) -> Iterator[Hit]:
    if request.user.has_perm("casino.view_user"):
        yield from _players(term)
    if request.user.has_perm("casino.view_wallet"):
        for wallet in Wallet.objects.filter(wallet_id=term):
            yield Hit("Wallet", str(wallet), page_url(Wallet, wallet.pk))
    if request.user.has_perm("casino.view_gamesession"):
        for session in GameSession.objects.filter(session_id=term):
            yield Hit("Session", str(session), page_url(GameSession, session.pk))
    if request.user.has_perm("casino.view_transaction"):
        yield from _transactions(term)


def _players(term: str) -> Iterator[Hit]:
    """By id or name; the beginning of an id or a part of a name lists players."""
    condition = Q(username__startswith=term) | Q(display_name__icontains=term)
    for player in User.objects.filter(condition).order_by("username")[:_MOST]:
        label = f"{player.username} {player.display_name}".strip()
        is_exact = term in (player.username, player.display_name)
        yield Hit("Player", label, page_url(User, player.pk), is_exact)


def _transactions(term: str) -> Iterator[Hit]:
    """A round before its transactions, some of which may go by the round's own id."""
    rounds = find_rounds(round_id=term)
    if rounds:
        yield Hit("Round", term, round_page(term))
        return
    named = Q(source__in=sources_in_use(), external_transaction_id=term)
    with contextlib.suppress(ValueError):
        named |= Q(pk=UUID(term))
    for found in Transaction.objects.filter(named)[:_MOST]:
        yield Hit("Transaction", str(found), page_url(Transaction, found.pk))
