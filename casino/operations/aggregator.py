"""An aggregator's bets and results: it names the wallet, and keeps sessions of its own.

A round belongs to a wallet, and its result settles it: neither bets nor results come after. The
rules of play are those of ``bets`` and ``wins``.
"""

from collections.abc import Callable

from casino.ledger import locks
from casino.ledger.errors import Refusal, WalletNotFound
from casino.ledger.post import Order, Posted, Receipt
from casino.models import Kind, User
from casino.operations.bets import place_bet
from casino.operations.errors import GameNotFound, PlayerNotFound
from casino.operations.games import enter_game_if_new, forget_games
from casino.operations.seats import Place
from casino.operations.wins import settle_win

SOURCE = "events"
"""The namespace of the aggregator's ids."""


def record_event(
    *, player_id: str, wallet_id: str, order: Order, respond: Callable[[Receipt], str]
) -> Posted:
    """Record a bet or a win (``order.kind``) with the wallet of this player.

    ``order`` says amount, currency, round, game and the aggregator's session. A game that was never
    seen is entered in the catalogue, whatever becomes of the event. Then locks the wallet.

    Raises:
        PlayerNotFound, WalletNotFound, CurrencyMismatch, NotAnAmount, RoundSettled, PlayerBlocked,
        ProviderDisabled, GameInactive, BetOutsideLimits, InsufficientFunds, BetNotFound,
        BalanceOverLimit, TransactionConflict: no money moved.
    """
    assert order.game_code is not None
    place = _place_of_player(player_id, wallet_id)
    record = place_bet if order.kind is Kind.BET else settle_win
    enter_game_if_new(order.game_code)
    try:
        return record(place=place, order=order, respond=respond)
    except GameNotFound:  # it is gone since this process saw it
        forget_games()
        enter_game_if_new(order.game_code)
        return record(place=place, order=order, respond=respond)


def _place_of_player(player_id: str, wallet_id: str) -> Place:
    def missing() -> Refusal:
        if not User.objects.filter(username=player_id).exists():
            return PlayerNotFound("There is no such player.")
        return WalletNotFound("The player has no such wallet.")

    key = {"player_id": player_id, "wallet_id": wallet_id}
    return Place(locks.BY_PLAYER, key, missing, win_closes_round=True)
