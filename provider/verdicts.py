"""Judges a casino's reply, or the lack of one. Pure. Nothing else judges answers.

Only two answers are decisions: a complete success about our operation, and a refusal in the
casino's own envelope. After any other answer it is not known what happened, unless certainly
nothing did.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from config.web.fields import LARGEST_AMOUNT
from config.wire.client import NoReply, Reply, TimedOut
from config.wire.text import as_line
from provider.models import BetKind, Verdict

LARGEST_KEPT_BYTES = 64 * 1024
LARGEST_EXPONENT = 18

# These refuse the caller, not the operation, until keys, switches or limits are corrected.
# Money that is owed waits for that; a bet is simply not made.
_REFUSES_THE_CALLER = frozenset({401, 403})


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of one attempt. ``http_status`` is None if there was no answer."""

    verdict: Verdict
    http_status: int | None = None
    body: dict[str, Any] | None = None
    duration_ms: float = 0.0
    error: str = ""
    replayed: bool = False
    timed_out: bool = False
    retry_after_seconds: int = 0

    @property
    def is_decision(self) -> bool:
        return self.verdict in (Verdict.ACCEPTED, Verdict.REFUSED)

    @property
    def is_busy(self) -> bool:
        return self.http_status == 503 and self.verdict == Verdict.NOT_DONE

    @property
    def balance_minor(self) -> int | None:
        """The balance after an accepted request, otherwise None: only then was it judged."""
        return self.body["balance"] if self.verdict == Verdict.ACCEPTED and self.body else None

    @property
    def code(self) -> str:
        return refusal_code_in(self.body)

    @property
    def exponent(self) -> int | None:
        """How many decimals amounts have. None if the casino does not say."""
        value = (self.body or {}).get("exponent")
        is_one = type(value) is int and 0 <= value <= LARGEST_EXPONENT
        return value if is_one else None


def refusal_code_in(body: Mapping[str, Any] | None) -> str:
    """The code in an answer, on one line, so that it can be stored and shown. Blank without one."""
    return as_line(str((body or {}).get("code", "")))


def read_reply(
    reply: Reply,
    *,
    kind: BetKind | None,
    transaction_id: str | None = None,
    good_once: bool = False,
) -> Answer:
    """Judge an answer to an operation of ``kind`` (None for a request that moves no money).

    ``good_once`` says that the request was signed so that the casino refuses a second copy of it.
    """
    if good_once and reply.status == 401:
        verdict, error = Verdict.UNCERTAIN, "the signature is refused: did a copy come first?"
    else:
        verdict, error = _verdict(reply, kind, transaction_id)
    body = reply.body
    if body is not None and len(msgspec.json.encode(body)) > LARGEST_KEPT_BYTES:
        verdict, error, body = Verdict.UNCERTAIN, "the answer is too large", None
    return Answer(
        verdict,
        reply.status,
        body,
        reply.duration_ms,
        error,
        replayed=reply.headers.get("Idempotent-Replayed", "").lower() == "true",
        retry_after_seconds=_retry_after(reply.headers),
    )


def with_doubt(answer: Answer, *, kind: BetKind) -> Answer:
    """Judge ``answer`` again if an earlier attempt of the same operation is in doubt.

    BUSY promises that this attempt wrote nothing. It says nothing about the earlier attempt: that
    may be the one that holds the wallet, and it may commit after this answer.
    """
    if kind == BetKind.DEBIT and answer.is_busy:
        return replace(
            answer,
            verdict=Verdict.UNCERTAIN,
            error="the casino is busy, perhaps with an earlier attempt of this bet",
        )
    return answer


def read_silence(fault: NoReply) -> Answer:
    """Judge an attempt without an answer."""
    return Answer(
        Verdict.UNCERTAIN if fault.may_have_arrived else Verdict.NOT_DONE,
        duration_ms=fault.duration_ms,
        error=str(fault)[:500],
        timed_out=isinstance(fault, TimedOut),
    )


def _verdict(reply: Reply, kind: BetKind | None, transaction_id: str | None) -> tuple[Verdict, str]:
    if reply.body is None:
        return Verdict.UNCERTAIN, "the answer is not a JSON object"
    if reply.status == 200:
        return _verdict_on_success(reply.body, transaction_id)
    code = reply.body.get("code")
    if reply.body.get("status") != "error" or not isinstance(code, str):
        return Verdict.UNCERTAIN, "the answer is not in the casino's envelope"
    if _certainly_not_done(reply.status, code, kind):
        return Verdict.NOT_DONE, f"the casino does not accept our calls now: {code[:100]!r}"
    if 400 <= reply.status < 500:
        return Verdict.REFUSED, ""
    return Verdict.UNCERTAIN, f"the casino reports a fault: {code[:100]!r}"


def _certainly_not_done(status: int, code: str, kind: BetKind | None) -> bool:
    owed = kind in (BetKind.CREDIT, BetKind.ROLLBACK)
    return (
        (status == 503 and code == "BUSY")
        or status == 429
        or (owed and status in _REFUSES_THE_CALLER)
    )


def _verdict_on_success(body: Mapping[str, Any], transaction_id: str | None) -> tuple[Verdict, str]:
    balance = body.get("balance")
    is_amount = type(balance) is int and 0 <= balance <= LARGEST_AMOUNT
    if body.get("status") != "success" or not is_amount:
        return Verdict.UNCERTAIN, "the answer lacks the fields of a success"
    if transaction_id is not None and body.get("transactionId") != transaction_id:
        return Verdict.UNCERTAIN, "the answer is about another transaction"
    return Verdict.ACCEPTED, ""


def _retry_after(headers: Mapping[str, str]) -> int:
    value = headers.get("Retry-After", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 6 else 0
