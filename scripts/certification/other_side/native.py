"""The native contract as a provider sees it: launch and simulate, and the callbacks it makes."""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scripts.certification.outcomes import Outcome
from scripts.certification.profiles.native import PROFILE
from scripts.certification.profiles.reading import Answer, read_json
from scripts.certification.profiles.requests import HIDDEN, Header, Request

NAME, TITLE, VERSION = PROFILE.name, "Native launch, simulate and callbacks", PROFILE.version
PATHS = {operation.path: name for name, operation in PROFILE.operations.items()}
_CODES = {outcome: status_and_code for status_and_code, outcome in PROFILE.codes.items()}


@dataclass(frozen=True, slots=True)
class Callback:
    """What the provider asked for. Amounts in minor units; ``bet``: a rollback's."""

    operation: str
    session: str
    id: str = ""
    round: str = ""
    amount: int = 0
    bet: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What the provider says about the round. ``paid``: the amounts that it calls paid."""

    status: int | None
    said: str
    paid: tuple[int, ...] = ()
    closing_balance: int | None = None


def read_callback(path: str, body: bytes) -> Callback | None:
    """None if the contract has no such callback."""
    operation = PATHS.get(path)
    fields = read_json(body)
    if operation is None or fields is None:
        return None
    names = PROFILE.operations[operation].names
    values = {name: fields.get(wire) for name, wire in names.items()}
    amount = values.get("amount")
    if operation in ("bet", "win") and type(amount) is not int:
        return None
    return Callback(
        operation,
        session=str(values.get("session")),
        id=str(values.get("id") or ""),
        round=str(values.get("round") or ""),
        amount=amount if type(amount) is int else 0,
        bet=str(values.get("bet") or "") if operation == "rollback" else "",
    )


def is_signed(shown: list[str], body: bytes, secret: str) -> bool:
    """``shown``: the values of the signature header."""
    right = PROFILE.sign(body, secret)
    return len(shown) == 1 and hmac.compare_digest(shown[0].encode(), right.encode())


def success(callback: Callback, *, balance: int, currency: str, amount: int) -> dict[str, Any]:
    """The answer to a callback that was booked, or to the question for the balance."""
    if callback.operation == "balance":
        return {
            "status": "success",
            "playerId": "certify-player",
            "currency": currency,
            "balance": balance,
            "playableBalance": balance,
            "redeemableBalance": 0,
        }
    answer = {
        "status": "success",
        "transactionId": callback.id,
        "casinoTransactionId": f"certify-{callback.id}",
        "roundId": callback.round,
        "amount": amount,
        "currency": currency,
        "balance": balance,
    }
    if callback.operation == "rollback":
        answer["originalTransactionId"] = callback.bet
        answer |= {"rolledBack": amount > 0, "tombstone": amount == 0}
    return answer


def refusal(outcome: Outcome, *, balance: int | None = None) -> tuple[int, dict[str, Any]]:
    status, code = _CODES.get(outcome, (500, "INTERNAL_ERROR"))
    body: dict[str, Any] = {"status": "error", "code": code, "message": code.lower()}
    if outcome is Outcome.FUNDS:
        body["balance"] = balance
    return status, body


def launch(url: str, secret: str, fields: Mapping[str, str]) -> Request:
    return _signed(f"{url}/provider/launch", secret, fields)


def launched(answer: Answer) -> str:
    """The provider's id of the session; nothing if there is none."""
    body = read_json(answer.body) or {}
    return str(body.get("providerSessionId") or "") if answer.status == 200 else ""


def simulate(url: str, secret: str, fields: Mapping[str, object]) -> Request:
    return _signed(f"{url}/provider/simulate", secret, fields)


def told(answer: Answer) -> Told:
    if answer.status is None:
        return Told(None, answer.fault)
    body = read_json(answer.body) or {}
    if answer.status != 200:
        return Told(answer.status, f"{answer.status} {body.get('code', '')}".strip())
    paid = tuple(
        step["request"]["amount"]
        for step in body.get("steps", [])
        if step.get("step") == "credit" and step.get("httpStatus") == 200
    )
    return Told(200, str(body.get("outcome", "200")), paid, body.get("closingBalance"))


def _signed(url: str, secret: str, fields: Mapping[str, object]) -> Request:
    body = json.dumps(fields, separators=(",", ":")).encode()
    headers = (
        Header("Content-Type", "application/json"),
        Header("x-provider-signature", PROFILE.sign(body, secret), HIDDEN),
    )
    return Request("POST", url, headers, body)
