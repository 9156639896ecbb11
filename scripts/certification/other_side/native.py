"""The native contract as a provider sees it: launch and simulate, and the callbacks it makes."""

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from scripts.certification.outcomes import Outcome
from scripts.certification.profiles.native import PROFILE
from scripts.certification.profiles.reading import Answer, read_json
from scripts.certification.profiles.requests import HIDDEN, Header, Request

NAME, TITLE, VERSION = PROFILE.name, "Native launch, simulate and callbacks", PROFILE.version
PATHS = {operation.path: name for name, operation in PROFILE.operations.items()}
LARGEST_AMOUNT = 2**63 - 1
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
    """What the provider says about the round.

    ``said`` is empty if the answer has no word of the contract. ``paid``: the amounts that it calls
    paid; None if its transcript cannot be read.
    """

    status: int | None
    said: str
    paid: tuple[int, ...] | None = ()
    closing_balance: object = None


def read_callback(path: str, body: bytes) -> Callback | None:
    """None if it names no session of a callback in the contract."""
    operation = PATHS.get(path)
    fields = read_json(body)
    if operation is None or fields is None:
        return None
    names = PROFILE.operations[operation].names
    values = {name: fields.get(wire) for name, wire in names.items()}
    amount = values.get("amount")
    return Callback(
        operation,
        session=str(values.get("session")),
        id=str(values.get("id") or ""),
        round=str(values.get("round") or ""),
        amount=amount if type(amount) is int else 0,
        bet=str(values.get("bet") or "") if operation == "rollback" else "",
    )


def fault_in(path: str, body: bytes, currency: str) -> str:
    """How the request differs from the contract; empty if it does not."""
    operation = PATHS.get(path)
    if operation is None:
        return f"{path} is not a callback of the contract"
    fields = read_json(body)
    if fields is None:
        return "the body is not a JSON object in UTF-8"
    found = filter(None, (_fault_of(name, operation, fields) for name in _names(operation)))
    told = next(found, "")
    if not told and fields.get("currency") not in (None, currency):
        told = f"currency is {fields['currency']!r:.40}, the session has {currency}"
    return told


def _names(operation: str) -> Mapping[str, str]:
    return PROFILE.operations[operation].names


def _fault_of(name: str, operation: str, fields: Mapping[str, object]) -> str:
    wire = _names(operation)[name]
    value = fields.get(wire)
    if value is None and name in PROFILE.operations[operation].optional:
        return ""
    if wire not in fields:
        return f"{wire} is missing"
    if name == "amount":
        is_right = _is_amount(value, least=1 if operation == "bet" else 0)
        return "" if is_right else f"{wire} is {value!r:.40}, not an amount in minor units"
    if _is_id(value):
        return ""
    return f"{wire} is {value!r:.40}, which is not 1 to {PROFILE.longest_id} visible characters"


def _is_amount(value: object, *, least: int) -> bool:
    return type(value) is int and least <= value <= LARGEST_AMOUNT


def _is_id(value: object) -> bool:
    is_text = isinstance(value, str) and 0 < len(value) <= PROFILE.longest_id
    return is_text and str(value).isprintable() and not re.search(r"\s", str(value))


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
        return Told(answer.status, f"{answer.status} {body['code']}" if "code" in body else "")
    return Told(
        200, str(body.get("outcome", "")), _paid(body.get("steps")), body.get("closingBalance")
    )


def _paid(steps: object) -> tuple[int, ...] | None:
    """The amounts of the credits that succeeded. None if this is no transcript."""
    try:
        amounts = tuple(
            step["request"]["amount"]
            for step in steps  # type: ignore[attr-defined]
            if step["step"] == "credit" and step["httpStatus"] == HTTPStatus.OK
        )
    except (TypeError, KeyError):
        return None
    return amounts if all(type(each) is int for each in amounts) else None


def _signed(url: str, secret: str, fields: Mapping[str, object]) -> Request:
    body = json.dumps(fields, separators=(",", ":")).encode()
    headers = (
        Header("Content-Type", "application/json"),
        Header("x-provider-signature", PROFILE.sign(body, secret), HIDDEN),
    )
    return Request("POST", url, headers, body)
