"""Turns refusals and a casino that does not answer into answers with status and code."""

from typing import NamedTuple

from config.web.failures import Failure, Refusals
from config.web.transcript import RunId
from config.wire.errors import RETRY_AFTER_SECONDS, WireError
from provider import refusals
from provider.runs.driver import CasinoSilent
from provider.verdicts import Answer

_RUN = {"runId": RunId}

REFUSALS: Refusals = {
    refusals.CasinoDisabled: Failure(403, "PROVIDER_DISABLED"),
    refusals.TooBusy: Failure(
        503, "BUSY", headers=lambda _refusal: {"Retry-After": str(RETRY_AFTER_SECONDS)}
    ),
    refusals.GameWithdrawn: Failure(403, "GAME_INACTIVE"),
    refusals.SessionExpired: Failure(403, "SESSION_INACTIVE"),
    refusals.GameUnknown: Failure(404, "GAME_NOT_FOUND"),
    refusals.SessionUnknown: Failure(404, "SESSION_NOT_FOUND"),
    refusals.RoundUnknown: Failure(404, "ROUND_NOT_FOUND"),
    refusals.OtherPlayer: Failure(409, "TRANSACTION_CONFLICT"),
    refusals.LaunchConflict: Failure(409, "TRANSACTION_CONFLICT"),
    refusals.RunConflict: Failure(409, "TRANSACTION_CONFLICT"),
}
OF_THE_CASINO = (
    Failure(
        502, "CASINO_UNAVAILABLE", "The casino cannot be reached. The run `runId` is open.", _RUN
    ),
    Failure(
        504,
        "CASINO_TIMEOUT",
        "The casino took too long to answer. The run `runId` is open.",
        _RUN,
    ),
)


class Indecision(NamedTuple):
    """Why a casino decided nothing: status, code, and a description of what it did."""

    status: int
    code: str
    fact: str


def indecision_of(answer: Answer) -> Indecision:
    """Why ``answer`` is not a decision. Only a casino that cannot be reached is unavailable."""
    if answer.timed_out:
        return Indecision(504, "CASINO_TIMEOUT", "took too long over")
    if answer.http_status is None:
        return Indecision(502, "CASINO_UNAVAILABLE", "could not be reached for")
    if answer.is_busy or answer.http_status == 429:
        return Indecision(502, "CASINO_BUSY", "is too busy for")
    return Indecision(502, "CASINO_FAULT", "gave no usable answer to")


def casino_silent(silence: CasinoSilent) -> WireError:
    """502 or 504: we called the casino, and it decided nothing."""
    found = indecision_of(silence.answer)
    code = "CASINO_TIMEOUT" if found.status == 504 else "CASINO_UNAVAILABLE"
    message = f"The casino {found.fact} the {silence.step}. Send the request again with this runId."
    return WireError(found.status, code, message, extra={"runId": silence.run_id})
