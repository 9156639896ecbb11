"""Signed calls to a game provider: launch, simulate and round details. They move no money."""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

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
from config.web.transcript import Transcript
from config.wire.calls import GATE, TooManyCalls
from config.wire.client import READ_TIMEOUT_SECONDS, NoReply, NoSecret, Reply, TimedOut, post_signed
from config.wire.signing import PROVIDER_SIGNATURE

logger = logging.getLogger(__name__)

SIMULATE_TIMEOUT_SECONDS = 60.0
"""A simulated round is about a dozen callbacks, each with its retries."""

ROUND_DETAILS_TIMEOUT_SECONDS = 2.0
"""Somebody waits for the page, which can show our own half without the provider's."""

LONGEST_RETRY_AFTER_SECONDS = 3_600
"""A provider that asks for more has hardly meant it."""

_SESSION_ID = Identifier()
_LAUNCH_URL = Identifier(longest=2_048)
_LONGEST_CODE, _LONGEST_MESSAGE = 100, 200


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
    if not provider.provider_secrets:  # an aggregator's games are opened by the aggregator
        logger.warning("there is no secret to sign calls to %s", provider.code)
        raise ProviderUnavailable("This game cannot be launched here.")
    answer = _call(provider, "launch", payload, timeout_seconds=READ_TIMEOUT_SECONDS)
    if answer.get("status") != "success":
        raise ProviderUnavailable(f"{provider.code} did not say that the session is open.")
    try:
        launched = Launched(
            _SESSION_ID.read(answer.get("providerSessionId")),
            _LAUNCH_URL.read(answer.get("launchUrl")),
        )
    except FieldError as error:
        raise ProviderUnavailable(
            f"The session or its address in the provider's answer {error}."
        ) from None
    if not _is_http(launched.launch_url):
        raise ProviderUnavailable("The game's address in the provider's answer is not http(s).")
    return launched


def _is_http(url: str) -> bool:
    """A frontend opens the address, so it must not be a script or an address of the frontend."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def simulate(provider: GameProvider, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Have the provider play the scripted round ``runId`` and return its transcript.

    Raises:
        ProviderUnavailable, ProviderTimedOut, ProviderRefused, ProviderBusy.
    """
    answer = _call(provider, "simulate", payload, timeout_seconds=SIMULATE_TIMEOUT_SECONDS)
    try:
        transcript: dict[str, Any] = msgspec.to_builtins(msgspec.convert(answer, Transcript))
    except msgspec.ValidationError as error:
        raise ProviderUnavailable(f"The provider's transcript is not valid: {error}.") from None
    if transcript["runId"] != payload["runId"]:
        raise ProviderUnavailable("The provider's transcript is about another run.")
    return transcript


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
    if reply.status != 200 or reply.body.get("status") == "error":
        raise _refusal(provider, reply, reply.body)
    return reply.body


def _refusal(
    provider: GameProvider, reply: Reply, body: Mapping[str, Any]
) -> ProviderBusy | ProviderRefused:
    code, said = body.get("code"), body.get("message")
    code = code[:_LONGEST_CODE] if isinstance(code, str) else ""
    said = f": {said[:_LONGEST_MESSAGE].rstrip('.')}" if isinstance(said, str) and said else ""
    if (reply.status, code) == (503, "BUSY"):  # its promise that it has done nothing, like ours
        return ProviderBusy(f"{provider.code} is busy and has done nothing.", _retry_after(reply))
    verb = "failed" if reply.status >= 500 else "refused the request"
    message = f"{provider.code} {verb} with {code or reply.status}{said}."
    return ProviderRefused(reply.status, code, message)


def _retry_after(reply: Reply) -> int | None:
    text = reply.headers.get("Retry-After", "")
    if not re.fullmatch(r"[0-9]{1,5}", text):
        return None
    seconds = int(text)
    return seconds if 1 <= seconds <= LONGEST_RETRY_AFTER_SECONDS else None
