"""The stricter signature: besides the body, it covers method, path, time and a nonce.

It is used if the request has two more headers next to the signature (``x-casino-timestamp`` and
``x-casino-nonce``, or ``x-provider-…``). Signed are these bytes, separated by line feeds::

    METHOD              POST
    path                /casino/debit, without a query
    timestamp           seconds since 1970, in digits
    nonce               16–64 letters, digits, "-" or "_"; a new one every time it is sent
    body                exactly as sent

A request from another time, for another address, or sent twice is refused. Without the two headers
the contract's signature of the body applies, unless REQUIRE_TIMESTAMP is set.
"""

import re
import secrets as randomness
import time
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

from config.wire.errors import invalid_signature
from config.wire.headers import HeaderUnreadable, read_header
from config.wire.javascript import stringify_again
from config.wire.signing import (
    CASINO_SIGNATURE,
    PROVIDER_SIGNATURE,
    Secrets,
    is_well_formed,
    matches,
    sign,
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
    def for_signature(cls, signature: str) -> "Headers":
        prefix = signature.removesuffix("signature")
        return cls(signature, f"{prefix}timestamp", f"{prefix}nonce")


TO_CASINO = Headers.for_signature(CASINO_SIGNATURE)
TO_PROVIDER = Headers.for_signature(PROVIDER_SIGNATURE)


class Nonces(Protocol):
    """Stores the nonces that were used, for all processes."""

    def claim(self, signer: str, nonce: str) -> bool:
        """True the first time, then False for at least WINDOW_SECONDS."""


@dataclass(slots=True)
class Proof:
    """The part of a request that proves who sent it."""

    signature: str
    body: bytes
    signed: bytes | None  # None for the plain signature, which covers only the body
    nonce: str = ""
    is_thorough: bool = True
    """Whether the body as Node.js would rewrite it also counts; rewriting takes time."""
    _rewritten: bytes | None = None
    _is_rewritten: bool = False

    def fits(self, secrets: Secrets) -> bool:
        if self.signed is not None:
            return matches(secrets, self.signed, self.signature)
        return matches(secrets, self.body, self.signature) or self._fits_rewritten(secrets)

    def claim(self, signer: str, nonces: Nonces) -> None:
        """Mark the nonce as used. Call this only if the proof fits, so that nobody else adds rows.

        Raises:
            WireError: 401 if it was used before.
        """
        if self.signed is not None and not nonces.claim(signer, self.nonce):
            raise invalid_signature()

    def _fits_rewritten(self, secrets: Secrets) -> bool:
        if not self.is_thorough:
            return False
        if not self._is_rewritten:
            self._rewritten, self._is_rewritten = stringify_again(self.body), True
        if self._rewritten is None or self._rewritten == self.body:
            return False
        return matches(secrets, self._rewritten, self.signature)


def read_proof(request: HttpRequest, body: bytes, headers: Headers) -> Proof:
    """Raises WireError 401 if the headers cannot fit any secret."""
    proof = read_plain_proof(request, body, headers.signature)
    timestamp, nonce = _shown(request, headers.timestamp), _shown(request, headers.nonce)
    if timestamp is None and nonce is None and not settings.REQUIRE_TIMESTAMP:
        return proof
    if timestamp is None or nonce is None:
        raise invalid_signature()
    if not (_is_now(timestamp) and _NONCE.fullmatch(nonce)):
        raise invalid_signature()
    signed = string_to_sign(str(request.method), request.path, timestamp, nonce, body)
    return Proof(proof.signature, body, signed, nonce)


def read_plain_proof(request: HttpRequest, body: bytes, signature_header: str) -> Proof:
    """A signature of the body alone. Raises WireError 401 if it cannot fit any secret."""
    signature = _shown(request, signature_header)
    if signature is None or not is_well_formed(signature):
        raise invalid_signature()
    return Proof(signature, body, None)


def _shown(request: HttpRequest, header: str) -> str | None:
    try:
        return read_header(request, header)
    except HeaderUnreadable:
        raise invalid_signature() from None


def string_to_sign(method: str, path: str, timestamp: str, nonce: str, body: bytes) -> bytes:
    return "\n".join([method, path, timestamp, nonce, ""]).encode() + body


def signature_headers(
    headers: Headers, secrets: Secrets, url: str, body: bytes, *, strictly: bool
) -> dict[str, str]:
    """The headers for a POST of ``body`` to ``url``. If ``strictly``, they differ each time."""
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
