"""Requests: how to ask the model, and how to write and sign the same for the service."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from config.wire.signing import CASINO_SIGNATURE, sign
from tests.casino_world import Answer
from tests.oracle.answers import Expected
from tests.oracle.oracle import Oracle
from tests.servers import Server

Predict = Callable[[Oracle, Mapping[str, Any]], Expected]


@dataclass(frozen=True)
class Signer:
    """``proves``: the provider's code that the signature proves; None if it is wrong."""

    code: str
    secret: bytes | None
    proves: str | None

    def headers(self, body: bytes) -> dict[str, str]:
        signed = {} if self.secret is None else {CASINO_SIGNATURE: sign((self.secret,), body)}
        return {"x-provider-code": self.code, **signed}


@dataclass(frozen=True)
class Call:
    """``wallet_id``: the wallet whose balance is checked afterwards."""

    path: str
    fields: Mapping[str, Any]
    predict: Predict = field(repr=False)
    wallet_id: str | None
    signer: Signer | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def ask(self, oracle: Oracle) -> Expected:
        return self.predict(oracle, self.fields)

    def but(self, **changes: Any) -> "Call":
        """The same call with other content."""
        return replace(self, fields={**self.fields, **changes})

    def send(self, server: Server, written: str = "plainly") -> Answer:
        """Send it, and again while the service is busy, as the contract says."""
        body = write(self.fields, written)
        signed = self.signer.headers(body) if self.signer else {}
        for _ in range(20):
            answer = server.post(self.path, body, {**self.headers, **signed})
            if answer.status != 503:
                break
        return answer

    def __str__(self) -> str:
        headers = "".join(f"\n  {name}: {value}" for name, value in self.headers.items())
        return f"POST {self.path} {json.dumps(dict(self.fields))}{headers}"


WAYS = ("plainly", "backwards", "spaced", "escaped", "with more")


def write(fields: Mapping[str, Any], how: str) -> bytes:
    """The same content, written in different ways."""
    if how == "backwards":
        return json.dumps(dict(reversed(list(fields.items())))).encode()
    if how == "spaced":
        return json.dumps(fields, indent=3, separators=(" , ", " :\t")).encode() + b"\r\n"
    if how == "escaped":
        return json.dumps(fields).replace('"t', '"\\u0074').encode()
    if how == "with more":
        return json.dumps({"more": {"amount": 1}, **fields}).encode()
    return json.dumps(fields).encode()


def callback(name: str, fields: Mapping[str, Any], signer: Signer, wallet_id: str | None) -> Call:
    def predict(oracle: Oracle, asked: Mapping[str, Any]) -> Expected:
        return oracle.callback(name, asked, signer.proves)

    return Call(f"/casino/{name}", fields, predict, wallet_id, signer)


def launch(fields: Mapping[str, Any], wallet_id: str | None) -> Call:
    return Call("/casino/launchGame", fields, Oracle.launch_game, wallet_id)


def event(fields: Mapping[str, Any]) -> Call:
    return Call("/event", fields, Oracle.event, fields["wallet_id"])


def version_1(what: str, fields: Mapping[str, Any], wallet_id: str | None) -> Call:
    """A top-up, a bonus or a spend."""

    def predict(oracle: Oracle, asked: Mapping[str, Any]) -> Expected:
        return oracle.move_v1(what, asked["user_id"], asked, asked["reference_id"])

    return Call(f"/api/v1/wallets/{what}", fields, predict, wallet_id)


def funds(
    what: str,
    *,
    user_id: str,
    fields: Mapping[str, Any],
    key: str,
    if_match: str | None,
    wallet_id: str | None,
) -> Call:
    def predict(oracle: Oracle, asked: Mapping[str, Any]) -> Expected:
        return oracle.move_v1(what, user_id, asked, key, if_match)

    headers = {"Idempotency-Key": key} | ({"If-Match": if_match} if if_match else {})
    return Call(f"/api/v1/wallets/{user_id}/{what}", fields, predict, wallet_id, headers=headers)


def root(fields: Mapping[str, Any], wallet_id: str | None) -> Call:
    return Call("/transaction", fields, Oracle.move_root, wallet_id)


def open_wallet(user_id: str, asset_code: str) -> Call:
    def predict(oracle: Oracle, asked: Mapping[str, Any]) -> Expected:
        return oracle.open_wallet(asked["user_id"], asked["asset_code"])

    fields = {"user_id": user_id, "asset_code": asset_code}
    return Call("/api/v1/wallets", fields, predict, None)
