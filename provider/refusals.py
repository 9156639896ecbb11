"""The provider's refusals, each named after its reason. They know nothing about HTTP."""


class Refusal(Exception):
    """Nothing was started. The message is for the caller."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class CasinoDisabled(Refusal):
    """The provider does not serve this casino any more."""


class TooBusy(Refusal):
    """Too many calls to casinos are in progress to make another one."""


class GameUnknown(Refusal):
    """There is no such game here."""


class GameWithdrawn(Refusal):
    """The game exists, but is not offered at the moment."""


class SessionUnknown(Refusal):
    """No session has this id and this token."""


class RoundUnknown(Refusal):
    """The asking casino has no round with this id here."""


class SessionExpired(Refusal):
    """The session has expired: its launch address does not open the game any more."""


class OtherPlayer(Refusal):
    """The session belongs to another player."""


class LaunchConflict(Refusal):
    """The session token was launched before, for another player, game or currency."""


class RunConflict(Refusal):
    """A run or a spin with other arguments has this id."""
