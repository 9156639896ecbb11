"""An aggregator's bets and results: it names the wallet, and keeps sessions of its own.

A round belongs to a wallet, and its result settles it: neither bets nor results come after. The
rules of play are those of ``bets`` and ``wins``; the game's terms are read before the lock.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.db.models import QuerySet

from casino.ledger.errors import Refusal, WalletNotFound
from casino.ledger.locks import WALLET_COLUMNS, LockedWallet, WalletLock
from casino.ledger.post import Order, Posted, Receipt
from casino.models import Kind, SessionStatus, User, Wallet
from casino.operations.bets import place_bet
from casino.operations.errors import PlayerNotFound
from casino.operations.games import GameTerms, game_of
from casino.operations.seats import Place, Seat
from casino.operations.wins import settle_win

SOURCE = "events"
"""The namespace of the aggregator's ids."""


class PlayersWallet(NamedTuple):
    """A wallet, locked, and whether its player may bet."""

    wallet: LockedWallet
    player_status: str


def record_event(
    *, player_id: str, wallet_id: str, order: Order, respond: Callable[[Receipt], str]
) -> Posted:
    """Record a bet or a win (``order.kind``; minor units) with the wallet of this player.

    ``order`` says amount, currency, round, game and the aggregator's session. A game that was never
    seen is entered in the catalogue, whatever becomes of the event. Then locks the wallet.

    Raises:
        PlayerNotFound, WalletNotFound, CurrencyMismatch, RoundSettled, PlayerBlocked,
        ProviderDisabled, GameInactive, BetOutsideLimits, InsufficientFunds, BetNotFound,
        BalanceOverLimit, TransactionConflict: no money moved.
    """
    assert order.game_code is not None
    place = _place_of_player(player_id, wallet_id, game_of(order.game_code))
    record = place_bet if order.kind is Kind.BET else settle_win
    return record(place=place, order=order, respond=respond)


def _wallet_query(player_id: str, wallet_id: str) -> QuerySet[Wallet]:
    return (
        Wallet.objects.select_for_update(of=("self",), no_key=True)
        .select_related("currency", "user")
        .filter(user__player_id=player_id)
        .filter(wallet_id=wallet_id)
        .only(
            "wallet_id",
            "user_id",
            "playable_balance",
            "redeemable_balance",
            "version",
            "chain_head",
            "currency__is_redeemable",
            "user__status",
        )
    )


def _read(row: tuple[Any, ...]) -> PlayersWallet:
    width = len(WALLET_COLUMNS)
    return PlayersWallet(LockedWallet(*row[:width]), *row[width:])


WALLET_OF_PLAYER = WalletLock(
    _wallet_query, key_length=2, columns=(*WALLET_COLUMNS, "user.status"), read=_read
)


def _place_of_player(player_id: str, wallet_id: str, game: GameTerms) -> Place[PlayersWallet]:
    def seat(held: PlayersWallet) -> Seat:
        return Seat(
            wallet=held.wallet,
            player_status=held.player_status,
            session_pk=None,
            session_status=SessionStatus.ACTIVE,  # sessions are the aggregator's business
            provider_pk=game.provider_pk,
            provider_is_enabled=game.provider_is_enabled,
            game_code=game.code,
            game_is_active=game.is_active,
            min_bet=game.min_bet,
            max_bet=game.max_bet,
        )

    def missing() -> Refusal:
        if not User.objects.filter(player_id=player_id).exists():
            return PlayerNotFound("There is no such player.")
        return WalletNotFound("The player has no such wallet.")

    return Place(WALLET_OF_PLAYER, (player_id, wallet_id), seat, missing, win_closes_round=True)
