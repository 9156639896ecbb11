"""Refusals that come of sessions, games, players and providers, named for the fact."""

from casino.ledger.errors import Refusal


class PlayerNotFound(Refusal):
    """There is no such player."""


class PlayerBlocked(Refusal):
    """The player may not play."""


class GameNotFound(Refusal):
    """There is no such game."""


class GameInactive(Refusal):
    """The game was withdrawn."""


class ProviderDisabled(Refusal):
    """The game's provider takes no bets at present."""


class SessionNotFound(Refusal):
    """There is no such session."""


class SessionOfAnotherProvider(Refusal):
    """The session is there, but not for this provider."""


class SessionInactive(Refusal):
    """The session has ended, or was never launched."""


class BetOutsideLimits(Refusal):
    """The stake is outside the game's ``least`` … ``most`` (minor units; None: no such bound)."""

    def __init__(self, least: int, most: int | None) -> None:
        bound = "" if most is None else f" and at most {most}"
        super().__init__(f"A bet in this game is at least {least}{bound}.")
        self.least = least
        self.most = most


class ProviderUnavailable(Refusal):
    """The provider could not be reached, or answered what cannot be understood."""


class ProviderTimedOut(Refusal):
    """The provider took too long."""


class ProviderBusy(Refusal):
    """As many calls to providers are under way as this process has room for."""


class ProviderRefused(Refusal):
    """The provider answered with a refusal of its own: ``status``, ``code`` and message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class WalletExists(Refusal):
    """The player has a wallet in this currency already."""
