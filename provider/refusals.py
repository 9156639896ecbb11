"""What the provider will not do, named for the fact. None of them is about HTTP."""


class Refusal(Exception):
    """Nothing was begun. The text is for whoever asked."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class CasinoDisabled(Refusal):
    """The provider serves this casino no more."""


class TooBusy(Refusal):
    """So many calls to casinos are under way that there is no place for another."""


class GameUnknown(Refusal):
    """There is no such game here."""


class GameWithdrawn(Refusal):
    """The game is there, but is not played at present."""


class SessionUnknown(Refusal):
    """No session has this id and this token."""


class RoundUnknown(Refusal):
    """The casino that asks has no round of this id here."""


class SessionExpired(Refusal):
    """The session's time is over: its launch address opens the game no more."""


class OtherPlayer(Refusal):
    """The session is somebody else's."""


class LaunchConflict(Refusal):
    """The session token was launched before, for another player, game or currency."""


class RunConflict(Refusal):
    """The id is taken by a run or a spin with other arguments."""
