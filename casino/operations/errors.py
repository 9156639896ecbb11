"""Refusals about sessions, games, players and providers, each named after its reason."""

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
    """The game's provider takes no bets at the moment."""


class SessionNotFound(Refusal):
    """There is no such session."""


class SessionOfAnotherProvider(Refusal):
    """The session exists, but belongs to another provider."""


class SessionInactive(Refusal):
    """The session has ended, or was never launched."""


class BetOutsideLimits(Refusal):
    """The stake is below ``least`` or above ``most`` (minor units; None means no maximum)."""

    def __init__(self, least: int, most: int | None) -> None:
        bound = "" if most is None else f" and at most {most}"
        super().__init__(f"A bet in this game must be at least {least}{bound}.")
        self.least = least
        self.most = most


class ProviderUnavailable(Refusal):
    """The provider could not be reached, or its answer cannot be understood."""


class ProviderTimedOut(Refusal):
    """The provider took too long."""


class ProviderBusy(Refusal):
    """The provider is busy, or this process makes as many calls to providers as it may. Nobody did
    anything. ``retry_after_seconds`` is what the provider asked for.
    """

    def __init__(self, message: str, retry_after_seconds: int | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class ProviderRefused(Refusal):
    """The provider refused the call, with ``status``, ``code`` and a message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class WalletExists(Refusal):
    """The user has a wallet for this asset already."""
