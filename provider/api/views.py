"""What a casino calls: launch, simulate and round details, signed with the secret of that casino.

The body names the casino whose secret must fit, by its code or by a session. A name that leads to
no casino is held against the settings' secrets: a stranger learns nothing but 401.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec
from django.conf import settings
from django.db import router
from django.http import HttpRequest, HttpResponse

from config.web.endpoint import Endpoint, json_response
from config.web.fields import Amount, Amounts, Field, Identifier
from config.web.signed import named_in, proof_of, refused
from config.wire.errors import invalid_request
from config.wire.nonces import NonceTable
from config.wire.strict import TO_PROVIDER, Proof
from provider import refusals
from provider.api import schemas
from provider.casino_client import place_for_calls
from provider.launch import launch, must_be_launched
from provider.models import Casino, Session
from provider.runs.driver import CasinoSilent
from provider.runs.rounds import round_details
from provider.runs.simulation import Asked, simulate
from provider.wire_errors import casino_silent, success, wire_error

MOST_STEPS = 20
LONGEST_CURRENCY = 32


@schemas.launch
class Launch(Endpoint[Any, Any]):
    """Opens a session for a casino's player and says where the game is shown.

    The same session token again gives the same session.
    """

    fields: ClassVar[Mapping[str, Field]] = {
        "casinoCode": Identifier(longest=64),
        "sessionToken": Identifier(),
        "playerId": Identifier(),
        "gameId": Identifier(),
        "currency": Identifier(longest=LONGEST_CURRENCY),
    }

    def authenticate(self, request: HttpRequest, body: bytes) -> Casino | None:
        return _casino_named(request, body)

    def handle(self, caller: Casino | None, values: dict[str, Any]) -> HttpResponse:
        if caller is None:
            raise invalid_request({"casinoCode": ["is not known here"]})
        try:
            session = launch(
                casino=caller,
                session_token=values["sessionToken"],
                player_id=values["playerId"],
                game_id=values["gameId"],
                currency=values["currency"],
            )
        except refusals.Refusal as refusal:
            raise wire_error(refusal) from None
        return success(providerSessionId=session.provider_session_id, launchUrl=session.launch_url)


@schemas.simulate
class Simulate(Endpoint[Any, Any]):
    """Plays the scripted round against the casino's callbacks and returns its transcript.

    The same ``runId`` again goes on where the run was cut, and repeats what it did before: the
    casino must answer as it did. On 502 and 504 the run is open; its ``runId`` is in the answer.
    """

    fields: ClassVar[Mapping[str, Field]] = {
        "providerSessionId": Identifier(),
        "sessionToken": Identifier(),
        "playerId": Identifier(),
        "runId": Identifier(required=False, longest=64),
        "bets": Amounts(least=1, fewest=1, most=MOST_STEPS),
        "wins": Amounts(least=0, fewest=0, most=MOST_STEPS),
        "rollbackBet": Amount(least=1, required=False),
    }

    def authenticate(self, request: HttpRequest, body: bytes) -> Session | None:
        proof = proof_of(request, body, TO_PROVIDER)
        name = named_in(proof, "providerSessionId")
        sessions = Session.objects.select_related("casino", "game", "customer")
        session = sessions.filter(provider_session_id=name).first() if name else None
        _verify(request, proof, session.casino if session else None)
        return session

    def handle(self, caller: Session | None, values: dict[str, Any]) -> HttpResponse:
        asked = Asked(values["bets"], values["wins"], values["rollbackBet"])
        try:
            session = must_be_launched(
                caller, session_token=values["sessionToken"], player_id=values["playerId"]
            )
            with place_for_calls(session.casino):
                transcript = simulate(session, values["runId"], asked)
        except refusals.Refusal as refusal:
            raise wire_error(refusal) from None
        except CasinoSilent as silence:
            advice = "Ask again with this runId."
            raise casino_silent(silence, advice, runId=silence.run_id) from None
        return json_response(msgspec.json.encode(transcript))


@schemas.round_details
class RoundDetails(Endpoint[Any, Any]):
    """Tells a casino how one of its rounds went: every request, every attempt, what was shown.

    For the casino's back office; nothing is decided by it. A casino sees its own rounds alone.
    """

    fields: ClassVar[Mapping[str, Field]] = {
        "casinoCode": Identifier(longest=64),
        "roundId": Identifier(),
    }

    def authenticate(self, request: HttpRequest, body: bytes) -> Casino | None:
        return _casino_named(request, body)

    def handle(self, caller: Casino | None, values: dict[str, Any]) -> HttpResponse:
        if caller is None:
            raise invalid_request({"casinoCode": ["is not known here"]})
        try:
            details = round_details(caller, values["roundId"])
        except refusals.Refusal as refusal:
            raise wire_error(refusal) from None
        return success(**details)


NONCES = NonceTable("provider_used_nonces", lambda: router.db_for_write(Casino))


def _casino_named(request: HttpRequest, body: bytes) -> Casino | None:
    """The casino that the body names, proved by its signature."""
    proof = proof_of(request, body, TO_PROVIDER)
    code = named_in(proof, "casinoCode")
    casino = Casino.objects.filter(code=code).first() if code else None
    _verify(request, proof, casino)
    return casino


def _verify(request: HttpRequest, proof: Proof, casino: Casino | None) -> None:
    if not proof.fits(casino.provider_secrets if casino else settings.PROVIDER_SECRETS):
        raise refused(request, proof)
    proof.claim(casino.code if casino else "", NONCES)
