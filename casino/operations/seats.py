"""Seats: how a player's wallet is found, who may act for the player, and which rules apply.

Each dialect of the API has its own seat; bets, wins and rollbacks are the same for all of them.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

from casino.ledger import locks
from casino.ledger.errors import CurrencyMismatch, Refusal, RoundSettled
from casino.ledger.locks import LockedWallet, WalletLock
from casino.ledger.operation import GameTerms, Past, Standing
from casino.models import PlayerStatus, SessionStatus
from casino.operations.errors import (
    BetOutsideLimits,
    GameInactive,
    GameNotFound,
    PlayerBlocked,
    ProviderDisabled,
    SessionInactive,
    SessionNotFound,
    SessionOfAnotherProvider,
)
from config.wire.tokens import token_digest


class Finality(enum.Enum):
    """What a win does to its round. Each dialect has its policy."""

    BETS_ARE_FINAL = enum.auto()
    """The round's bets cannot be rolled back; further bets and wins are fine."""

    ROUND_IS_CLOSED = enum.auto()
    """The round takes no further bets or wins."""


class Seat(Protocol):
    """What bets, wins and rollbacks need from a seat."""

    lock: ClassVar[WalletLock]
    finality: ClassVar[Finality]

    @property
    def external_session_id(self) -> str | None:
        """The session, if it is the sender's and not the casino's."""

    @property
    def game_code(self) -> str | None:
        """The game, if the request names it and not the session."""

    def parameters(self) -> Mapping[str, str]:
        """The wallet's key and the game, as parameters of the lock and the look."""

    def admit(self, standing: Standing) -> None:
        """Raise a Refusal if the caller may not use this seat."""

    def missing(self) -> Refusal:
        """Why there is no such seat. It may query the database."""


@dataclass(frozen=True, slots=True)
class SessionSeat:
    """A player in one of the casino's own sessions, found by its token.

    ``provider_pk`` is the provider that the caller proved to be. A session serves only its own
    provider.
    """

    token: str
    provider_pk: int

    lock: ClassVar[WalletLock] = locks.BY_SESSION
    finality: ClassVar[Finality] = Finality.BETS_ARE_FINAL
    external_session_id: ClassVar[str | None] = None
    game_code: ClassVar[str | None] = None

    def parameters(self) -> Mapping[str, str]:
        return {"token_digest": token_digest(self.token)}

    def admit(self, standing: Standing) -> None:
        if standing.game is None or standing.game.provider_pk != self.provider_pk:
            raise SessionOfAnotherProvider("The session belongs to another provider.")

    def missing(self) -> Refusal:
        return SessionNotFound("There is no such session.")


def require_currency(wallet: LockedWallet, currency: str | None) -> None:
    """If the request names a currency, it must be the wallet's."""
    if currency is not None and currency != wallet.currency:
        raise CurrencyMismatch(f"The wallet is in {wallet.currency}, not {currency}.")


def require_open_round(seat: Seat, past: Past) -> None:
    """If a win closes its round at this seat, bets and wins need a round that is still open."""
    if seat.finality is Finality.ROUND_IS_CLOSED and past.round_has_payout:
        raise RoundSettled("The round is settled.")


def require_may_play(standing: Standing) -> GameTerms:
    """A bet needs an active player, provider, game and session. Returns the game's terms."""
    game = standing.game
    if game is None:
        raise GameNotFound("There is no such game.")
    if standing.player_status != PlayerStatus.ACTIVE:
        raise PlayerBlocked("The player is blocked.")
    if game.provider_is_disabled:
        raise ProviderDisabled("The game's provider is disabled.")
    if not game.is_active:
        raise GameInactive("The game is not active.")
    if standing.session_status != SessionStatus.ACTIVE:
        raise SessionInactive("The session is not active.")
    return game


def require_within_limits(game: GameTerms, amount: int) -> None:
    """The stake must be within the game's limits (minor units)."""
    if amount < game.min_bet or (game.max_bet is not None and amount > game.max_bet):
        raise BetOutsideLimits(game.min_bet, game.max_bet)
