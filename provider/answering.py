"""How refusals and silence are said to whoever called: status and code for each."""

from collections.abc import Mapping
from typing import Any

import msgspec
from django.http import HttpResponse

from config.web.endpoint import json_response
from config.wire.errors import WireError
from provider import refusals
from provider.script import CasinoSilent

STATUS_AND_CODE: Mapping[type[refusals.Refusal], tuple[int, str]] = {
    refusals.CasinoDisabled: (403, "PROVIDER_DISABLED"),
    refusals.GameWithdrawn: (403, "GAME_INACTIVE"),
    refusals.GameUnknown: (404, "GAME_NOT_FOUND"),
    refusals.SessionUnknown: (404, "SESSION_NOT_FOUND"),
    refusals.OtherPlayer: (409, "TRANSACTION_CONFLICT"),
    refusals.LaunchConflict: (409, "TRANSACTION_CONFLICT"),
    refusals.RunConflict: (409, "TRANSACTION_CONFLICT"),
}


def success(**values: Any) -> HttpResponse:
    return json_response(msgspec.json.encode({"status": "success", **values}))


def wire_error(refusal: refusals.Refusal) -> WireError:
    """The envelope of a refusal. KeyError means that the table above lacks it."""
    status, code = STATUS_AND_CODE[type(refusal)]
    return WireError(status, code, refusal.message)


def casino_silent(silence: CasinoSilent, advice: str, **extra: Any) -> WireError:
    """502 or 504: the casino, whom we called, is not to be had."""
    status, code, fact = (
        (504, "CASINO_TIMEOUT", "took too long over")
        if silence.answer.timed_out
        else (502, "CASINO_UNAVAILABLE", "could not be had for")
    )
    message = f"The casino {fact} the {silence.step}. {advice}"
    return WireError(status, code, message, extra=extra)
