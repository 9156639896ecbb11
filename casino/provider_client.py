"""Signed calls to a game provider: launch, simulate and round details. They move no money."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from django.conf import settings

from casino.models import GameProvider
from casino.operations.errors import (
    ProviderBusy,
    ProviderRefused,
    ProviderTimedOut,
    ProviderUnavailable,
)
from casino.round_details import RoundDetails, read
from config.web.fields import FieldError, Identifier
from config.wire.calls import GATE, TooManyCalls
from config.wire.client import READ_TIMEOUT_SECONDS, NoReply, NoSecret, TimedOut, post_signed
from config.wire.signing import PROVIDER_SIGNATURE

SIMULATE_TIMEOUT_SECONDS = 60.0
"""A simulated round is about a dozen callbacks, each with its retries."""

ROUND_DETAILS_TIMEOUT_SECONDS = 2.0
"""Somebody waits for the page, which can show our own half without the provider's."""

_SESSION_ID = Identifier()
_LAUNCH_URL = Identifier(longest=2_048)


@dataclass(frozen=True, slots=True)
class Launched:
    """The provider's side of a session."""

    provider_session_id: str
    launch_url: str


def launch(provider: GameProvider, payload: Mapping[str, Any]) -> Launched:
    """Open a session at the provider. The same session token always gives the same session.

    Raises:
        ProviderUnavailable, ProviderTimedOut, ProviderRefused, ProviderBusy.
    """
    answer = _call(provider, "launch", payload, timeout_seconds=READ_TIMEOUT_SECONDS)
    try:
        return Launched(
            _SESSION_ID.read(answer.get("providerSessionId")),
            _LAUNCH_URL.read(answer.get("launchUrl")),
        )
    except FieldError as error:
        raise ProviderUnavailable(
            f"The session or its address in the provider's answer {error}."
        ) from None


def simulate(provider: GameProvider, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Have the provider play the scripted round and return its transcript.

    Raises:
        ProviderUnavailable, ProviderTimedOut, ProviderRefused, ProviderBusy.
    """
    return _call(provider, "simulate", payload, timeout_seconds=SIMULATE_TIMEOUT_SECONDS)


def round_details(provider: GameProvider, round_id: str) -> RoundDetails:
    """The provider's data on one of our rounds: for people, never for a decision about money.

    Raises:
        ProviderUnavailable, ProviderTimedOut, ProviderBusy.
        ProviderRefused: with 404 if it does not know the round.
    """
    payload = {"casinoCode": settings.CASINO_CODE, "roundId": round_id}
    answer = _call(provider, "roundDetails", payload, timeout_seconds=ROUND_DETAILS_TIMEOUT_SECONDS)
    try:
        return read(answer)
    except msgspec.ValidationError as error:
        raise ProviderUnavailable(f"{provider.code} sent an invalid answer: {error}.") from None


def _call(
    provider: GameProvider,
    path: str,
    payload: Mapping[str, Any],
    *,
    timeout_seconds: float,
) -> dict[str, Any]:
    try:
        with GATE.place(partner=f"provider {provider.code}"):
            reply = post_signed(
                f"{provider.url}/provider/{path}",
                payload,
                secrets=provider.provider_secrets,
                signature_header=PROVIDER_SIGNATURE,
                read_timeout_seconds=timeout_seconds,
            )
    except TooManyCalls as fault:
        raise ProviderBusy(str(fault)) from None
    except TimedOut:
        raise ProviderTimedOut(f"{provider.code} took too long to answer.") from None
    except NoSecret:
        raise ProviderUnavailable(f"There is no secret to sign calls to {provider.code}.") from None
    except NoReply:
        raise ProviderUnavailable(f"{provider.code} cannot be reached.") from None
    if reply.body is None or (reply.status >= 500 and "code" not in reply.body):
        raise ProviderUnavailable(f"{provider.code} answered {reply.status} without a usable body.")
    if reply.status != 200:
        raise ProviderRefused(
            reply.status,
            str(reply.body.get("code", "")),
            f"{provider.code} answered: {reply.body.get('message', reply.status)}",
        )
    return reply.body
