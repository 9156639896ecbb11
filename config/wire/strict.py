"""The stricter signature: it covers method, path, time and a number used once besides the body.

Opt-in, by two more headers beside the signature (``x-casino-timestamp`` and ``x-casino-nonce``, or
``x-provider-…``). What is signed then is, in bytes, one line feed between each::

    METHOD              POST
    path                /casino/debit, without a query
    timestamp           seconds since 1970, in digits
    nonce               16–64 letters, digits, "-" or "_"; new for every sending
    body                to the byte

A request of an earlier or another moment, for another address, or sent twice is refused. Without
the two headers the contract's signature of the body holds, unless REQUIRE_TIMESTAMP is set.
"""

import re
import secrets as randomness
import time
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

import msgspec
from django.conf import settings
from django.http import HttpRequest

from config.wire.errors import invalid_signature
from config.wire.headers import HeaderUnreadable, read_header
from config.wire.signing import (
    CASINO_SIGNATURE,
    PROVIDER_SIGNATURE,
    Secrets,
    is_well_formed,
    matches,
    sign,
    verify,
)

WINDOW_SECONDS = 300

_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Headers:
    """The headers of one direction."""

    signature: str
    timestamp: str
    nonce: str

    @classmethod
    def beside(cls, signature: str) -> "Headers":
        prefix = signature.removesuffix("signature")
        return cls(signature, f"{prefix}timestamp", f"{prefix}nonce")

    @property
    def names(self) -> tuple[str, str, str]:
        return self.signature, self.timestamp, self.nonce


TO_CASINO = Headers.beside(CASINO_SIGNATURE)
TO_PROVIDER = Headers.beside(PROVIDER_SIGNATURE)


class Nonces(Protocol):
    """Remembers which nonces were used, for all processes."""

    def claim(self, signer: str, nonce: str) -> bool:
        """True the first time, false for WINDOW_SECONDS after it at the least."""


class Proof(msgspec.Struct, frozen=True):
    """What a request shows of who sent it."""

    signature: str
    body: bytes
    signed: bytes | None  # None: the plain signature, of the body alone
    nonce: str = ""

    def fits(self, secrets: Secrets) -> bool:
        if self.signed is None:
            return verify(secrets, self.body, self.signature)
        return matches(secrets, self.signed, self.signature)

    def claim(self, signer: str, nonces: Nonces) -> None:
        """To be called when it fits: nobody else fills the memory of nonces.

        Raises:
            WireError: 401 where it was used before.
        """
        if self.signed is not None and not nonces.claim(signer, self.nonce):
            raise invalid_signature()


def read_proof(request: HttpRequest, body: bytes, headers: Headers) -> Proof:
    """Raises WireError 401 where nothing that is shown can fit."""
    try:
        signature, timestamp, nonce = (read_header(request, name) for name in headers.names)
    except HeaderUnreadable:
        raise invalid_signature() from None
    if signature is None or not is_well_formed(signature):
        raise invalid_signature()
    if timestamp is None and nonce is None and not settings.REQUIRE_TIMESTAMP:
        return Proof(signature, body, None)
    if timestamp is None or nonce is None:
        raise invalid_signature()
    if not (_is_now(timestamp) and _NONCE.fullmatch(nonce)):
        raise invalid_signature()
    signed = string_to_sign(str(request.method), request.path, timestamp, nonce, body)
    return Proof(signature, body, signed, nonce)


def string_to_sign(method: str, path: str, timestamp: str, nonce: str, body: bytes) -> bytes:
    return "\n".join([method, path, timestamp, nonce, ""]).encode() + body


def signature_headers(
    headers: Headers, secrets: Secrets, url: str, body: bytes, *, strictly: bool
) -> dict[str, str]:
    """What to send with a POST of ``body`` to ``url``; strictly, another each time."""
    if not strictly:
        return {headers.signature: sign(secrets, body)}
    timestamp, nonce = str(int(time.time())), randomness.token_urlsafe(18)
    path = urlsplit(url).path or "/"
    return {
        headers.timestamp: timestamp,
        headers.nonce: nonce,
        headers.signature: sign(secrets, string_to_sign("POST", path, timestamp, nonce, body)),
    }


def _is_now(timestamp: str) -> bool:
    if not _TIMESTAMP.fullmatch(timestamp):
        return False
    return abs(time.time() - int(timestamp)) <= WINDOW_SECONDS
