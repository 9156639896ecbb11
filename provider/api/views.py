"""What a casino calls: launch, simulate and round details, signed with the casino's secret.

The body names the casino by its code or by a session, and the signature must match that casino's
secret. If there is no such casino, the settings' secrets are tried, so a stranger only sees 401.
"""

from collections.abc import Sequence
from typing import ClassVar, Generic

from django.conf import settings
from django.db import router
from django.http import HttpRequest, HttpResponse

from config.web.bodies import Asked
from config.web.endpoint import Caller, Endpoint, json_response
from config.web.failures import INVALID_SIGNATURE, OF_A_BODY, Failure, Refusals, codes_of
from config.web.openapi_headers import PROVIDER_SIGNED
from config.web.signed import named_in, proof_of, refused
from config.web.transcript import Transcript
from config.wire.errors import invalid_request
from config.wire.nonces import NonceTable
from config.wire.strict import TO_PROVIDER, Proof
from provider.api import round_details
from provider.api.bodies import Launched, LaunchRequest, RoundRequest, SimulateRequest
from provider.casino_client import place_for_calls
from provider.launch import launch, must_be_launched
from provider.models import Casino, Session
from provider.runs.driver import CasinoSilent
from provider.runs.simulation import Amounts, simulate
from provider.wire_errors import OF_THE_CASINO, REFUSALS, casino_silent


class ProviderEndpoint(Endpoint[Caller, Asked], Generic[Caller, Asked]):
    """A signed request of a casino."""

    tag = "Provider API"
    security = PROVIDER_SIGNED
    refusals: ClassVar[Refusals] = REFUSALS
    wire_failures: ClassVar[Sequence[Failure]] = (*OF_A_BODY, INVALID_SIGNATURE)


class Launch(ProviderEndpoint[Casino | None, LaunchRequest]):
    """Opens a session for a casino's player and returns the game's address. The same session token
    returns the same session again.
    """

    summary = "Open a session"
    answers = Launched
    never = frozenset({"SESSION_NOT_FOUND", "ROUND_NOT_FOUND"})

    def authenticate(self, request: HttpRequest, body: bytes) -> Casino | None:
        return _casino_named(request, body)

    def handle(self, caller: Casino | None, asked: LaunchRequest) -> HttpResponse:
        session = launch(
            casino=_known(caller),
            session_token=asked.session_token,
            player_id=asked.player_id,
            game_id=asked.game_id,
            currency=asked.currency,
        )
        return json_response(Launched(session.provider_session_id, session.launch_url))


class Simulate(ProviderEndpoint[Session | None, SimulateRequest]):
    """Plays the scripted round against the casino's callbacks and returns its transcript.

    The same ``runId`` continues an interrupted run and repeats its earlier requests: the casino
    must give the same answers. After 502 and 504 the run is open; its ``runId`` is in the answer.
    """

    summary = "Play a whole round"
    answers = Transcript
    refusals: ClassVar[Refusals] = {**REFUSALS, CasinoSilent: casino_silent}
    wire_failures = (*ProviderEndpoint.wire_failures, *OF_THE_CASINO)
    never = frozenset({"GAME_NOT_FOUND", "ROUND_NOT_FOUND"})

    def authenticate(self, request: HttpRequest, body: bytes) -> Session | None:
        proof = proof_of(request, body, TO_PROVIDER)
        name = named_in(proof, "providerSessionId")
        sessions = Session.objects.select_related("casino", "game", "customer")
        session = sessions.filter(provider_session_id=name).first() if name else None
        _verify(request, proof, session.casino if session else None)
        return session

    def handle(self, caller: Session | None, asked: SimulateRequest) -> HttpResponse:
        session = must_be_launched(
            caller, session_token=asked.session_token, player_id=asked.player_id
        )
        amounts = Amounts(asked.bets, asked.wins, asked.rollback_bet)
        with place_for_calls(session.casino):
            return json_response(simulate(session=session, run_id=asked.run_id, amounts=amounts))


class RoundDetails(ProviderEndpoint[Casino | None, RoundRequest]):
    """Describes one of the casino's rounds: every request, every attempt, and what the player saw.
    It is for the casino's back office and decides nothing. A casino sees only its own rounds.
    """

    summary = "How a round went"
    answers = round_details.RoundDetails
    never = codes_of(REFUSALS) - {"ROUND_NOT_FOUND"}

    def authenticate(self, request: HttpRequest, body: bytes) -> Casino | None:
        return _casino_named(request, body)

    def handle(self, caller: Casino | None, asked: RoundRequest) -> HttpResponse:
        return json_response(
            round_details.round_details(casino=_known(caller), round_id=asked.round_id)
        )


NONCES = NonceTable("provider_used_nonces", lambda: router.db_for_write(Casino))


def _casino_named(request: HttpRequest, body: bytes) -> Casino | None:
    """The casino that the body names. Its signature proves that it is the caller."""
    proof = proof_of(request, body, TO_PROVIDER)
    code = named_in(proof, "casinoCode")
    casino = Casino.objects.filter(code=code).first() if code else None
    _verify(request, proof, casino)
    return casino


def _verify(request: HttpRequest, proof: Proof, casino: Casino | None) -> None:
    if not proof.fits(casino.provider_secrets if casino else settings.PROVIDER_SECRETS):
        raise refused(request, proof)
    proof.claim(casino.code if casino else "", NONCES)


def _known(casino: Casino | None) -> Casino:
    """Raises WireError 400."""
    if casino is None:
        raise invalid_request({"casinoCode": ["is not known here"]})
    return casino
