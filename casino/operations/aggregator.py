"""An aggregator's bets and results. It names wallet and game, and manages sessions itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from casino.ledger import locks
from casino.ledger.errors import Refusal, WalletNotFound
from casino.ledger.locks import WalletLock
from casino.ledger.operation import Receipt, Standing
from casino.ledger.post import Posted, Submission
from casino.models import User
from casino.operations.betting import PlaceBet, SettleWin
from casino.operations.catalogue import enter_game_if_new, forget_games
from casino.operations.errors import GameNotFound, PlayerNotFound
from casino.operations.seats import Finality

SOURCE = "events"
"""The namespace of the aggregator's ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregatorSeat:
    """A player whose wallet and game the request names. The result of a round closes the round."""

    player_id: str
    wallet_id: str
    game_code: str
    external_session_id: str

    lock: ClassVar[WalletLock] = locks.BY_PLAYER
    finality: ClassVar[Finality] = Finality.ROUND_IS_CLOSED

    def parameters(self) -> Mapping[str, str]:
        return {
            "player_id": self.player_id,
            "wallet_id": self.wallet_id,
            "game_code": self.game_code,
        }

    def admit(self, standing: Standing) -> None:
        """An aggregator may act for every player."""

    def missing(self) -> Refusal:
        if not User.objects.filter(username=self.player_id).exists():
            return PlayerNotFound("There is no such player.")
        return WalletNotFound("The player has no such wallet.")


class EventSubmission(Submission[Any]):
    """A bet or a win of the aggregator. A new game is entered in the catalogue, even if the event
    is refused.
    """

    __slots__ = ("_again",)

    def __init__(self, event: PlaceBet | SettleWin, answer: Callable[[Receipt[Any]], str]) -> None:
        self._again = partial(EventSubmission, event, answer)
        enter_game_if_new(event.seat.game_code or "")
        super().__init__(event, answer)

    def result(self) -> Posted:
        try:
            return super().result()
        except GameNotFound:  # it was removed after this process saw it
            forget_games()
            return Submission.result(self._again())
