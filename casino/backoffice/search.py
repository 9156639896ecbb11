"""Searches for players, wallets, rounds, transactions and games of the casino."""

import contextlib
from collections.abc import Callable, Iterator
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest

from casino.backoffice.addresses import of_book, round_page
from casino.books.everywhere import within
from casino.ledger.queries import sources_in_use, wallets_in_session
from casino.models import Game, GameSession, SimulationRun, Transaction, User, Wallet
from casino.reports.rounds import find_rounds
from config.backoffice.display import list_url, page_url
from config.backoffice.search import Hit, search_source
from config.books import names

_MOST = 20


@search_source
def casino_hits(request: HttpRequest, term: str) -> Iterator[Hit]:
    finders = [find for permission, find in _FINDERS if request.user.has_perm(permission)]
    if not names():
        for find in finders:
            yield from find(term)
        return
    found = set()
    for book in names():
        with transaction.atomic(), within(book):
            for hit in [hit for find in finders for hit in find(term)]:
                if hit not in found:  # games are the same in every book
                    found.add(hit)
                    here = book == settings.BOOK
                    yield hit if here else hit._replace(url=of_book(hit.url, book))


def _players(term: str) -> Iterator[Hit]:
    """Players by id or name. The beginning of an id or a part of a name lists all that match."""
    condition = Q(username__startswith=term) | Q(display_name__icontains=term)
    for player in User.objects.filter(condition).order_by("username")[:_MOST]:
        label = f"{player.username} {player.display_name}".strip()
        is_exact = term in (player.username, player.display_name)
        yield Hit("Player", label, page_url(User, player.pk), is_exact)


def _transactions(term: str) -> Iterator[Hit]:
    """A round with this id, and transactions with it. A round's page shows its own transactions, so
    those that have the same id as their round are left out.

    The beginning of a transaction's id lists the matching transactions and their rounds.
    """
    is_round = bool(find_rounds(round_id=term))
    if is_round:
        yield Hit("Round", term, round_page(term))
    of_callers = Transaction.objects.filter(source__in=sources_in_use())
    exact = list(of_callers.filter(external_transaction_id=term)[:_MOST])
    with contextlib.suppress(ValueError):
        exact += Transaction.objects.filter(pk=UUID(term))
    for found in exact:
        if found.round_id != term:
            yield Hit("Transaction", str(found), page_url(Transaction, found.pk))
    if exact or is_round:
        return
    for found in of_callers.filter(external_transaction_id__startswith=term)[:_MOST]:
        if found.round_id is not None:
            url = round_page(found.round_id, wallet_pk=found.wallet_id, source=found.source)
            yield Hit("Round", found.round_id, url, is_exact=False)
        yield Hit("Transaction", str(found), page_url(Transaction, found.pk), is_exact=False)


def _wallets(term: str) -> Iterator[Hit]:
    for wallet in Wallet.objects.filter(wallet_id=term):
        yield Hit("Wallet", str(wallet), page_url(Wallet, wallet.pk))


def _sessions(term: str) -> Iterator[Hit]:
    for session in GameSession.objects.filter(session_id=term):
        yield Hit("Session", str(session), page_url(GameSession, session.pk))


def _external_sessions(term: str) -> Iterator[Hit]:
    """An aggregator manages its sessions itself, so they are only in its transactions."""
    for wallet_pk in wallets_in_session(term):
        url = list_url(Transaction, wallet=wallet_pk, external_session=term)
        yield Hit("Aggregator's session", term, url)


def _games(term: str) -> Iterator[Hit]:
    for game in Game.objects.filter(Q(provider_game_id=term) | Q(name__iexact=term)):
        yield Hit("Game", str(game), page_url(Game, game.pk))


def _runs(term: str) -> Iterator[Hit]:
    """If this process serves the provider too, the provider's own page of the run opens."""
    for run in SimulationRun.objects.filter(run_id=term):
        is_exact = "provider" not in settings.SERVICES
        yield Hit("Run", term, page_url(SimulationRun, run.pk), is_exact)


_FINDERS: tuple[tuple[str, Callable[[str], Iterator[Hit]]], ...] = (
    ("casino.view_user", _players),
    ("casino.view_wallet", _wallets),
    ("casino.view_gamesession", _sessions),
    ("casino.view_game", _games),
    ("casino.view_simulationrun", _runs),
    ("casino.view_transaction", _external_sessions),
    ("casino.view_transaction", _transactions),
)
