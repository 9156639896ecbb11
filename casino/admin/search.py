"""Finds rows of the ledger by a search term. Every lookup uses an index."""

from uuid import UUID

from django.db.models import Q

from casino.ledger.queries import sources_in_use
from casino.models import GameSession, Transaction, User, Wallet
from casino.reports.rounds import find_rounds

MOST_FOUND = 50


def wallet_pks(term: str) -> list[int]:
    """The wallet with this public id, and the wallets of the player with this public id."""
    by_id = Wallet.objects.filter(wallet_id=term).values_list("pk", flat=True)
    by_player = Wallet.objects.filter(user__username=term).values_list("pk", flat=True)
    return [*by_id, *by_player]


def player_pks(term: str) -> list[int]:
    """Players whose id starts with the term or whose name contains it; at most MOST_FOUND."""
    named = Q(username__startswith=term) | Q(display_name__icontains=term)
    players = User.objects.filter(named).order_by("username")
    return list(players.values_list("pk", flat=True)[:MOST_FOUND])


def transactions(term: str) -> Q:
    """By id, external id (or its beginning), round, wallet, player or session."""
    condition = Q(source__in=sources_in_use(), external_transaction_id__startswith=term)
    own_id = _uuid(term)
    if own_id is not None:
        condition |= Q(id=own_id)
    wallets = wallet_pks(term)
    if wallets:
        condition |= Q(wallet_id__in=wallets)
    sessions = GameSession.objects.filter(session_id=term).values_list("pk", flat=True)
    if sessions:
        condition |= Q(session_id__in=list(sessions))
    for found in find_rounds(round_id=term):
        condition |= Q(wallet_id=found.wallet_pk, source=found.source, round_id=term)
    return condition


def entries(term: str) -> Q:
    """By wallet or player, otherwise by the ids of their transaction."""
    wallets = wallet_pks(term)
    if wallets:
        return Q(transaction__wallet_id__in=wallets)
    found = Transaction.objects.filter(transactions(term)).order_by("-id")
    return Q(transaction_id__in=list(found.values_list("id", flat=True)[:MOST_FOUND]))


def _uuid(term: str) -> UUID | None:
    try:
        return UUID(term)
    except ValueError:
        return None
