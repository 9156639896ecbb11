"""launchGame and simulateRound: unsigned, for a frontend and for a tester's one curl.

Outside demo mode they need an API key of scope frontend.
"""

from typing import Any, ClassVar

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from casino.api.admission import admit_request
from casino.api.frontend import schemas
from casino.api.frontend.refusals import wire_error
from casino.ledger.errors import Refusal
from casino.models import Family, GameSession
from casino.operations.launch import launch_game
from casino.operations.simulate_round import Script, simulate_round
from config.web.endpoint import Endpoint, json_response
from config.web.fields import Amount, Amounts, Field, Identifier
from config.wire.errors import WireError

MOST_STEPS = 20


class FrontendEndpoint(Endpoint):
    """A request of a frontend or a tester, let in by its API key.

    It passes through Django's middleware, which answers browsers that ask about other origins.
    """

    is_direct = False

    def authenticate(self, request: HttpRequest, body: bytes) -> None:
        try:
            admit_request(request, Family.FRONTEND)
        except Refusal as refusal:
            raise wire_error(refusal) from None


@schemas.launch_game
class LaunchGame(FrontendEndpoint):
    """Opens a session at the game's provider and says where the game is shown."""

    fields: ClassVar[dict[str, Field]] = {
        "playerId": Identifier(),
        "gameId": Identifier(),
        "currency": Identifier(),
    }

    def handle(self, caller: None, values: dict[str, Any]) -> HttpResponse:
        try:
            session = launch_game(
                player_id=values["playerId"],
                game_id=values["gameId"],
                currency=values["currency"],
            )
        except Refusal as refusal:
            raise wire_error(refusal) from None
        return json_response(msgspec.json.encode({"status": "success", **_launched(session)}))


@schemas.simulate_round
class SimulateRound(FrontendEndpoint):
    """Plays a whole scripted round between the two services and answers with its transcript.

    A tester's tool that moves real balances: without SIMULATE_ROUND it is not there at all.
    """

    body_may_be_empty = True
    fields: ClassVar[dict[str, Field]] = {
        "playerId": Identifier(required=False),
        "gameId": Identifier(required=False),
        "currency": Identifier(required=False),
        "runId": Identifier(required=False, longest=64),
        "bets": Amounts(least=1, fewest=1, most=MOST_STEPS),
        "wins": Amounts(least=0, fewest=0, most=MOST_STEPS),
        "rollbackBet": Amount(least=1, required=False),
    }

    def authenticate(self, request: HttpRequest, body: bytes) -> None:
        if not settings.SIMULATE_ROUND:
            raise WireError(404, "NOT_FOUND", "simulateRound is off; SIMULATE_ROUND turns it on.")
        super().authenticate(request, body)

    def handle(self, caller: None, values: dict[str, Any]) -> HttpResponse:
        script = Script(
            run_id=values["runId"],
            player_id=values["playerId"],
            game_id=values["gameId"],
            currency=values["currency"],
            bets=values["bets"],
            wins=values["wins"],
            rollback_bet=values["rollbackBet"],
        )
        try:
            simulated = simulate_round(script=script)
        except Refusal as refusal:
            raise wire_error(refusal) from None
        return json_response(
            msgspec.json.encode({**simulated.transcript, "session": _launched(simulated.session)})
        )


def _launched(session: GameSession) -> dict[str, Any]:
    return {
        "sessionToken": session.session_token,
        "sessionId": session.session_id,
        "providerSessionId": session.provider_session_id,
        "launchUrl": session.launch_url,
        "playerId": session.user.username,
        "gameId": session.game.provider_game_id,
        "currency": session.wallet.currency_id,
        "balance": session.wallet.playable_balance,
    }
