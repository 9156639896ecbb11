"""launchGame and simulateRound: unsigned, for a frontend and for a tester's one curl.

Outside demo mode they need an API key of scope frontend.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Generic

from django.conf import settings
from django.http import HttpResponse

from casino.api.admission import ByApiKey
from casino.api.frontend.bodies import (
    Launched,
    LaunchRequest,
    OpenedSession,
    SimulatedRound,
    SimulateRequest,
)
from casino.api.frontend.refusals import BUSY, PASSED_ON, REFUSALS
from casino.models import Family, GameSession
from casino.operations.launch import launch_game
from casino.operations.simulate_round import Script, simulate_round
from config.web.bodies import Asked
from config.web.endpoint import GuardedEndpoint, json_response
from config.web.failures import NOT_FOUND, OF_A_BODY, Failure
from config.wire.errors import WireError


class FrontendEndpoint(ByApiKey, GuardedEndpoint[Asked], Generic[Asked]):
    """A request from a frontend or a tester, admitted by its API key.

    It passes through Django's middleware, which answers browsers that ask about other origins.
    """

    is_direct = False
    tag = "Frontend"
    is_of_a_book = True
    family = Family.FRONTEND
    refusals = REFUSALS
    wire_failures: ClassVar[Sequence[Failure]] = (BUSY, *OF_A_BODY, *PASSED_ON)


class LaunchGame(FrontendEndpoint[LaunchRequest]):
    """Opens a session with the game's provider and returns the address that shows the game."""

    summary = "Open a game"
    answers = Launched

    def handle(self, caller: None, asked: LaunchRequest) -> HttpResponse:
        session = launch_game(
            player_id=asked.player_id, game_id=asked.game_id, currency=asked.currency
        )
        return json_response(_told(Launched, session))


class SimulateRound(FrontendEndpoint[SimulateRequest]):
    """Plays a whole scripted round between the two services and answers with its transcript.

    It is a tool for testers and moves real balances. Unless SIMULATE_ROUND is set, this address
    does not exist.
    """

    summary = "Play a whole round"
    answers = SimulatedRound
    body_may_be_empty = True
    wire_failures = (*FrontendEndpoint.wire_failures, NOT_FOUND)

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        if not settings.SIMULATE_ROUND:
            raise WireError(404, "NOT_FOUND", "simulateRound is off; SIMULATE_ROUND turns it on.")
        super().initial(request, *args, **kwargs)

    def handle(self, caller: None, asked: SimulateRequest) -> HttpResponse:
        script = Script(
            run_id=asked.run_id,
            player_id=asked.player_id,
            game_id=asked.game_id,
            currency=asked.currency,
            bets=asked.bets,
            wins=asked.wins,
            rollback_bet=asked.rollback_bet,
        )
        simulated = simulate_round(script=script)
        session = _told(OpenedSession, simulated.session)
        return json_response({**simulated.transcript, "session": session})


def _told(kind: type[OpenedSession], session: GameSession) -> OpenedSession:
    return kind(
        session_token=session.session_token,
        session_id=session.session_id,
        provider_session_id=session.provider_session_id,
        launch_url=session.launch_url,
        player_id=session.user.username,
        game_id=session.game.provider_game_id,
        currency=session.wallet.currency_id,
        balance=session.wallet.playable_balance,
    )
