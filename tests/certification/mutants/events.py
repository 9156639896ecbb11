"""Wallets of the event contract with one fault each, for cases that the native contract lacks."""

from tests.certification.door import Answer, Fields, Refused
from tests.certification.event_wallet import EventWallet
from tests.certification.mutants import caught_by
from tests.certification.records import Booked, Game, Purse, Session


@caught_by("B02", profile="event")
class BelievesTheWallet(EventWallet):
    """takes the money of whichever wallet is named."""

    def purse_of(self, player: str, wallet: str) -> Purse:
        return super().purse_of(wallet.removeprefix("w-"), wallet)


@caught_by("B10", profile="event")
class OneGameASession(EventWallet):
    """takes bets on the first game of a session alone."""

    def __init__(self) -> None:
        super().__init__()
        self.first: dict[str, str] = {}

    def event(self, event: Fields) -> Answer:
        session, game = str(event.get("session_id")), str(event.get("game_code"))
        if self.first.setdefault(session, game) != game:
            raise Refused(400, "INVALID_GAME")
        return super().event(event)


@caught_by("C10", profile="event")
class KnownGamesOnly(EventWallet):
    """refuses a game that it has not seen before."""

    def new_game(self, game: str) -> Game:
        if game.startswith("certify-no"):
            raise Refused(404, "GAME_NOT_FOUND")
        return super().new_game(game)


@caught_by("F03", "F04", profile="event")
class LateBets(EventWallet):
    """takes bets in rounds that have their result."""

    def require_open(self, purse: Purse, round_id: str) -> None:
        """Treat every round as open."""


@caught_by("E03", "F04", profile="event")
class TwoResults(EventWallet):
    """pays a round as often as a result comes."""

    def credit(self, fields: Fields, session: Session) -> Booked:
        return super(EventWallet, self).credit(fields, session)


@caught_by("C16", profile="event")
class TextsOnly(EventWallet):
    """takes no amount that is a number."""

    def amount_text(self, amount: object) -> str | None:
        return amount if isinstance(amount, str) else None


@caught_by("C16", profile="event")
class CountsWithFloats(EventWallet):
    """multiplies an amount that is a number as a float."""

    def amount_text(self, amount: object) -> str | None:
        if not isinstance(amount, float):
            return super().amount_text(amount)
        minor = int(amount * 100)
        return f"{minor // 100}.{minor % 100:02}"
