"""What the provider refuses to do. Each is named for its reason; none is about HTTP."""


class Refusal(Exception):
    """Nothing was begun. The message is for the caller."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class CasinoDisabled(Refusal):
    """The provider does not serve this casino any more."""


class TooBusy(Refusal):
    """Too many calls to casinos are under way to make another."""


class GameUnknown(Refusal):
    """There is no such game here."""


class GameWithdrawn(Refusal):
    """The game exists, but is not offered now."""


class SessionUnknown(Refusal):
    """No session has this id and this token."""


class RoundUnknown(Refusal):
    """The casino that asks has no round with this id here."""


class SessionExpired(Refusal):
    """The session has expired: its launch address does not open the game any more."""


class OtherPlayer(Refusal):
    """The session belongs to another player."""


class LaunchConflict(Refusal):
    """The session token was launched before, for another player, game or currency."""


class RunConflict(Refusal):
    """A run or a spin with other arguments has this id."""
