"""A player at a game: the wallet, locked, with the session, the game and the player around it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from django.db.models import QuerySet

from casino.ledger.errors import CurrencyMismatch, Refusal, RoundSettled
from casino.ledger.locks import WALLET_COLUMNS, LockedWallet, WalletLock
from casino.ledger.post import HoldsWallet, Past
from casino.models import GameSession, PlayerStatus, SessionStatus
from casino.operations.errors import (
    BetOutsideLimits,
    GameInactive,
    PlayerBlocked,
    ProviderDisabled,
    SessionInactive,
    SessionNotFound,
    SessionOfAnotherProvider,
)


class Seat(NamedTuple):
    """What the rules of play look at. ``session_pk`` is None where no session of ours is played."""

    wallet: LockedWallet
    player_status: str
    session_pk: int | None
    session_status: str
    provider_pk: int
    provider_is_enabled: bool
    game_code: str
    game_is_active: bool
    min_bet: int
    max_bet: int | None


def _session_query(token: str) -> QuerySet[GameSession]:
    return (
        GameSession.objects.select_for_update(of=("wallet",), no_key=True)
        .select_related("wallet__currency", "user", "provider", "game")
        .filter(token=token)
        .only(
            "status",
            "user__status",
            "provider__enabled",
            "game__game_id",
            "game__is_active",
            "game__min_bet",
            "game__max_bet",
            "wallet__wallet_id",
            "wallet__user_id",
            "wallet__playable_balance",
            "wallet__redeemable_balance",
            "wallet__version",
            "wallet__chain_head",
            "wallet__currency__is_redeemable",
        )
    )


def _read_seat(row: tuple[Any, ...]) -> Seat:
    width = len(WALLET_COLUMNS)
    return Seat(LockedWallet(*row[:width]), *row[width:])


SEAT_OF_SESSION = WalletLock(
    _session_query,
    key_length=1,
    columns=(
        *WALLET_COLUMNS,
        "user.status",
        "gamesession.id",
        "gamesession.status",
        "gamesession.provider_id",
        "gameprovider.enabled",
        "game.game_id",
        "game.is_active",
        "game.min_bet",
        "game.max_bet",
    ),
    read=_read_seat,
)


Held = TypeVar("Held", bound=HoldsWallet)


@dataclass(frozen=True, slots=True)
class Place(Generic[Held]):
    """How to find a seat, who asks for it, by which rules, and what to say where there is none.

    ``seat``: makes the seat of what the lock read. ``provider_pk``: whose credentials the caller
    showed; a session serves only its own provider. ``win_closes_round``: whether a round takes
    neither bets nor wins after its first win.
    """

    lock: WalletLock[Held]
    key: tuple[str, ...]
    seat: Callable[[Held], Seat]
    missing: Callable[[], Refusal]
    provider_pk: int | None = None
    win_closes_round: bool = False

    def admit(self, held: Held) -> None:
        """What holds for every request, for one that repeats an earlier one too."""
        if self.provider_pk is not None and self.seat(held).provider_pk != self.provider_pk:
            raise SessionOfAnotherProvider("The session belongs to another provider.")

    def check(self, seat: Seat, currency: str | None) -> None:
        """What holds for every movement: bets, wins and rollbacks."""
        if currency is not None and currency != seat.wallet.currency:
            raise CurrencyMismatch(f"The wallet is in {seat.wallet.currency}, not {currency}.")

    def check_round(self, past: Past) -> None:
        """What holds for bets and wins."""
        if self.win_closes_round and past.round_has_payout:
            raise RoundSettled("The round is settled.")


def place_of_session(token: str, *, provider_pk: int) -> Place[Seat]:
    """Where the player of a session of ours sits; a win there makes bets final, no more."""
    return Place(SEAT_OF_SESSION, (token,), _itself, _no_such_session, provider_pk)


def _itself(seat: Seat) -> Seat:
    return seat


def _no_such_session() -> Refusal:
    return SessionNotFound("There is no such session.")


def may_bet(seat: Seat, amount: int) -> None:
    """A bet needs player, session, provider and game active, and a stake that the game takes."""
    for refused, refusal in _OBSTACLES:
        if refused(seat):
            raise refusal()
    if amount < seat.min_bet or (seat.max_bet is not None and amount > seat.max_bet):
        raise BetOutsideLimits(seat.min_bet, seat.max_bet)


_OBSTACLES: tuple[tuple[Callable[[Seat], bool], Callable[[], Exception]], ...] = (
    (
        lambda seat: seat.player_status != PlayerStatus.ACTIVE,
        lambda: PlayerBlocked("The player is blocked."),
    ),
    (
        lambda seat: not seat.provider_is_enabled,
        lambda: ProviderDisabled("The game's provider is disabled."),
    ),
    (lambda seat: not seat.game_is_active, lambda: GameInactive("The game is not active.")),
    (
        lambda seat: seat.session_status != SessionStatus.ACTIVE,
        lambda: SessionInactive("The session is not active."),
    ),
)
