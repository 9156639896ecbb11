"""What launchGame and simulateRound take and answer."""

from typing import Annotated, ClassVar

from config.web.bodies import Body, Examples, Request
from config.web.fields import Identifier
from config.web.terms import (
    Currency,
    GameId,
    LaunchUrl,
    MinorUnits,
    PlayerId,
    ProviderSessionId,
    SessionToken,
)
from config.web.transcript import CHOSEN_AMOUNTS, Bets, RollbackBet, RunId, Transcript, Wins


class LaunchRequest(Request, frozen=True, rename="camel"):
    player_id: PlayerId
    game_id: GameId
    currency: Currency


class SimulateRequest(Request, frozen=True, rename="camel"):
    """Every field has a default: the first player, the first game, the player's first currency."""

    player_id: PlayerId | None = None
    game_id: GameId | None = None
    currency: Currency | None = None
    run_id: RunId | None = None
    bets: Bets = None
    wins: Wins = None
    rollback_bet: RollbackBet = None

    examples: ClassVar[Examples] = {
        "Every default": {},
        "Chosen amounts": {"playerId": "player-001", "currency": "EUR", **CHOSEN_AMOUNTS},
    }


class OpenedSession(Body, frozen=True, rename="camel"):
    """A session at the game's provider."""

    session_token: Annotated[SessionToken, "The provider's name for the session."]
    session_id: Annotated[str, Identifier("gs_5f0c1d2e3b4a59687766aabb")]
    provider_session_id: ProviderSessionId
    launch_url: Annotated[LaunchUrl, "Where the game is shown: open it in a frame."]
    player_id: PlayerId
    game_id: GameId
    currency: Currency
    balance: Annotated[MinorUnits, "The playable balance, in minor units."]


class Launched(OpenedSession, frozen=True, tag_field="status", tag="success"):
    """The session is open."""


class SimulatedRound(Transcript, frozen=True):
    # A transcript without balances is of no use to a casino: 502.
    opening_balance: MinorUnits
    closing_balance: MinorUnits
    expected_balance: Annotated[
        int, "The opening balance less the standing bets, plus payouts and other movements."
    ]
    other_movements: Annotated[
        int, "The sum of the wallet's other movements meanwhile, in minor units."
    ]
    session: OpenedSession
