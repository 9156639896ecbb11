"""The door of a native wallet in memory: it checks signatures and fields as the contract says.

Standard library only.
"""

import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import Any

SECRET = "the-secret-of-the-casino"
OTHER_SECRET = "the-secret-of-the-provider"
OLD_SECRET = "the-secret-of-last-year"
LARGEST = 2**63 - 1
STALE_SECONDS = 300

Fields = dict[str, Any]
Headers = list[tuple[str, str]]


class Refused(Exception):
    """An answer in the contract's envelope."""

    def __init__(self, status: int, code: str, **extra: Any) -> None:
        super().__init__(code)
        if code == "INVALID_REQUEST":
            extra = {"errors": {"body": ["is not what the contract says"]}, **extra}
        self.status = status
        self.body = {"status": "error", "code": code, "message": code.lower(), **extra}


@dataclass
class Answer:
    status: int
    body: Fields | bytes
    headers: dict[str, str] = field(default_factory=dict)


class Door:
    """Decides who gets in and which fields a body must have."""

    def __init__(self) -> None:
        self.nonces: set[str] = set()

    # ---- signatures ----------------------------------------------------------------------------

    def admit(self, path: str, headers: Headers, body: bytes, *, outside: bool) -> None:
        if (outside and self.keeps_out()) or not self.is_signed(path, headers, body):
            raise Refused(401, "INVALID_SIGNATURE")

    def keeps_out(self) -> bool:
        return True

    def secrets(self) -> list[str]:
        return [SECRET, OLD_SECRET]

    def is_signed(self, path: str, headers: Headers, body: bytes) -> bool:
        shown = self.shown(headers, "x-casino-signature")
        if shown is None:
            return False
        timestamp = self.shown(headers, "x-casino-timestamp")
        if timestamp is not None:
            nonce = self.shown(headers, "x-casino-nonce") or ""
            signed = f"POST\n{path}\n{timestamp}\n{nonce}\n".encode() + body
            return self.fits(shown, signed) and self.is_fresh(timestamp, nonce)
        return self.fits(shown, self.signed_bytes(body))

    def shown(self, headers: Headers, wanted: str) -> str | None:
        """The only value of a header; None if it is missing or sent twice."""
        values = [value for name, value in headers if name.lower() == wanted]
        return values[0] if len(values) == 1 else None

    def signed_bytes(self, body: bytes) -> bytes:
        return body

    def fits(self, shown: str, signed: bytes) -> bool:
        return any(self.equal(shown, digest(secret, signed)) for secret in self.secrets())

    def equal(self, shown: str, right: str) -> bool:
        return shown.isascii() and hmac.compare_digest(shown, right)

    def is_fresh(self, timestamp: str, nonce: str) -> bool:
        if abs(time.time() - int(timestamp)) > STALE_SECONDS or nonce in self.nonces:
            return False
        self.nonces.add(nonce)
        return True

    # ---- fields --------------------------------------------------------------------------------

    def parse(self, body: bytes) -> Fields:
        if len(body) > 65_536:
            raise Refused(413, "REQUEST_TOO_LARGE")
        try:
            fields = json.loads(body, object_pairs_hook=self.unique)
        except (ValueError, RecursionError):
            raise Refused(400, "INVALID_REQUEST") from None
        if not isinstance(fields, dict):
            raise Refused(400, "INVALID_REQUEST")
        return fields

    def unique(self, pairs: list[tuple[str, Any]]) -> Fields:
        if len(dict(pairs)) != len(pairs):
            raise Refused(400, "INVALID_REQUEST")
        return dict(pairs)

    def validate(self, operation: str, fields: Fields) -> None:
        wanted = {"sessionToken", "transactionId"}
        wanted |= {"originalTransactionId"} if operation == "rollback" else {"roundId"}
        for name in wanted:
            self.identifier(fields, name)
        if fields.get("roundId") is not None:
            self.identifier(fields, "roundId")
        if operation != "rollback":
            self.amount(fields, least=1 if operation == "debit" else 0)

    def identifier(self, fields: Fields, name: str) -> None:
        value = fields.get(name)
        if not isinstance(value, str) or not 1 <= len(value) <= 128:
            raise Refused(400, "INVALID_REQUEST")
        if not value.isprintable() or " " in value:
            raise Refused(400, "INVALID_REQUEST")

    def amount(self, fields: Fields, *, least: int) -> None:
        value = fields.get("amount")
        if type(value) is not int or not least <= value <= LARGEST:
            raise Refused(400, "INVALID_REQUEST")


def digest(secret: str, signed: bytes) -> str:
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
