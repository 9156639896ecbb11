"""The requests that a casino sends to the provider API, and the answers."""

from typing import Annotated, ClassVar

from config.web.bodies import Examples, Request, Success
from config.web.fields import Identifier
from config.web.terms import Currency, GameId, LaunchUrl, PlayerId, ProviderSessionId, SessionToken
from config.web.transcript import CHOSEN_AMOUNTS, Bets, RollbackBet, RunId, Wins

CasinoCode = Annotated[str, Identifier("demo-casino", longest=64)]


class LaunchRequest(Request, frozen=True, rename="camel"):
    casino_code: CasinoCode
    session_token: SessionToken
    player_id: PlayerId
    game_id: GameId
    currency: Annotated[Currency, Identifier("EUR", longest=32)]


class SimulateRequest(Request, frozen=True, rename="camel"):
    provider_session_id: ProviderSessionId
    session_token: SessionToken
    player_id: PlayerId
    run_id: RunId | None = None
    bets: Bets = None
    wins: Wins = None
    rollback_bet: RollbackBet = None

    examples: ClassVar[Examples] = {"Every default": {}, "Chosen amounts": CHOSEN_AMOUNTS}


class RoundRequest(Request, frozen=True, rename="camel"):
    casino_code: CasinoCode
    round_id: Annotated[str, Identifier("my-run.1c9f30b2.round-1")]


class Launched(Success, frozen=True):
    provider_session_id: ProviderSessionId
    launch_url: LaunchUrl
