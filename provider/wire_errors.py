"""How refusals and silence are said to whoever called: status and code for each."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
from django.http import HttpResponse

from config.web.endpoint import json_response
from config.wire.errors import RETRY_AFTER_SECONDS, WireError
from provider import refusals
from provider.runs.driver import CasinoSilent
from provider.verdicts import Answer

STATUS_AND_CODE: Mapping[type[refusals.Refusal], tuple[int, str]] = {
    refusals.CasinoDisabled: (403, "PROVIDER_DISABLED"),
    refusals.TooBusy: (503, "BUSY"),
    refusals.GameWithdrawn: (403, "GAME_INACTIVE"),
    refusals.SessionExpired: (403, "SESSION_INACTIVE"),
    refusals.GameUnknown: (404, "GAME_NOT_FOUND"),
    refusals.SessionUnknown: (404, "SESSION_NOT_FOUND"),
    refusals.RoundUnknown: (404, "ROUND_NOT_FOUND"),
    refusals.OtherPlayer: (409, "TRANSACTION_CONFLICT"),
    refusals.LaunchConflict: (409, "TRANSACTION_CONFLICT"),
    refusals.RunConflict: (409, "TRANSACTION_CONFLICT"),
}


def success(**values: Any) -> HttpResponse:
    return json_response(msgspec.json.encode({"status": "success", **values}))


def wire_error(refusal: refusals.Refusal) -> WireError:
    """The envelope of a refusal. KeyError means that the table above lacks it."""
    status, code = STATUS_AND_CODE[type(refusal)]
    later = {"Retry-After": str(RETRY_AFTER_SECONDS)} if status == 503 else {}
    return WireError(status, code, refusal.message, headers=later)


class Indecision(NamedTuple):
    """Why a casino decides nothing: status and code for it, and what it did, in words."""

    status: int
    code: str
    fact: str


def indecision_of(answer: Answer) -> Indecision:
    """What kept ``answer`` from being a decision. Only a casino that is away is unavailable."""
    if answer.timed_out:
        return Indecision(504, "CASINO_TIMEOUT", "took too long over")
    if answer.http_status is None:
        return Indecision(502, "CASINO_UNAVAILABLE", "cannot be reached for")
    if answer.is_busy or answer.http_status == 429:
        return Indecision(502, "CASINO_BUSY", "is too busy for")
    return Indecision(502, "CASINO_FAULT", "gave no usable answer to")


def casino_silent(silence: CasinoSilent, advice: str, **extra: Any) -> WireError:
    """502 or 504: we called the casino, and it decided nothing."""
    found = indecision_of(silence.answer)
    code = "CASINO_TIMEOUT" if found.status == 504 else "CASINO_UNAVAILABLE"
    message = f"The casino {found.fact} the {silence.step}. {advice}"
    return WireError(found.status, code, message, extra=extra)
