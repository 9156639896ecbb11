"""A player at a game: how its wallet is found, and by which rules it is played."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from casino.ledger import locks
from casino.ledger.errors import CurrencyMismatch, Refusal, RoundSettled
from casino.ledger.locks import LockedWallet, WalletLock
from casino.ledger.post import Past, Standing
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


@dataclass(frozen=True, slots=True)
class Place:
    """How to find a player's wallet, by which rules, and what to say where there is none.

    ``provider_pk``: whose credentials the caller showed; a session serves only its own provider.
    ``win_closes_round``: whether a round takes neither bets nor wins after its first win.
    """

    lock: WalletLock
    key: Mapping[str, str]
    missing: Callable[[], Refusal]
    provider_pk: int | None = None
    win_closes_round: bool = False

    def admit(self, past: Past) -> None:
        """What holds for every request, for one that repeats an earlier one too."""
        if self.provider_pk is not None and standing_of(past).provider_pk != self.provider_pk:
            raise SessionOfAnotherProvider("The session belongs to another provider.")

    def check(self, wallet: LockedWallet, currency: str | None) -> None:
        """What holds for every movement: bets, wins and rollbacks."""
        if currency is not None and currency != wallet.currency:
            raise CurrencyMismatch(f"The wallet is in {wallet.currency}, not {currency}.")

    def check_round(self, past: Past) -> None:
        """What holds for bets and wins."""
        if self.win_closes_round and past.round_has_payout:
            raise RoundSettled("The round is settled.")


def place_of_session(token: str, *, provider_pk: int) -> Place:
    """Where the player of a session of ours sits; a win there makes bets final, no more."""
    return Place(locks.BY_SESSION, {"session_token": token}, _no_such_session, provider_pk)


def _no_such_session() -> Refusal:
    return SessionNotFound("There is no such session.")


def standing_of(past: Past) -> Standing:
    """Who plays what; the locks of play read it always."""
    assert past.standing is not None
    return past.standing


def may_bet(standing: Standing, amount: int) -> None:
    """A bet needs player, session, provider and game active, and a stake that the game takes."""
    if standing.game_code is None or standing.min_bet is None:
        raise GameNotFound("There is no such game.")
    for refused, refusal in _OBSTACLES:
        if refused(standing):
            raise refusal()
    least, most = standing.min_bet, standing.max_bet
    if amount < least or (most is not None and amount > most):
        raise BetOutsideLimits(least, most)


_OBSTACLES: tuple[tuple[Callable[[Standing], bool], Callable[[], Exception]], ...] = (
    (
        lambda standing: standing.player_status != PlayerStatus.ACTIVE,
        lambda: PlayerBlocked("The player is blocked."),
    ),
    (
        lambda standing: bool(standing.provider_is_disabled),
        lambda: ProviderDisabled("The game's provider is disabled."),
    ),
    (
        lambda standing: not standing.game_is_active,
        lambda: GameInactive("The game is not active."),
    ),
    (
        lambda standing: standing.session_status != SessionStatus.ACTIVE,
        lambda: SessionInactive("The session is not active."),
    ),
)
