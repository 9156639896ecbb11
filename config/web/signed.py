"""Reads the proof of a signed request, and limits the time that wrong signatures can cost us.

A wrong signature must be cheap to refuse. Rewriting a large body as Node.js would takes time, so
this is only done for the first few large bodies with a wrong signature from an address per minute
(SIGNATURE_FAILURES_PER_MINUTE). After that, only the bytes as they were sent are checked. So a
correct signature of these bytes is always accepted, and small bodies are not affected.
"""

import threading
import time
from dataclasses import dataclass, field
from functools import cache
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any

import msgspec
from django.conf import settings
from django.http import HttpRequest

from config.web.address import AddressUnreadable, client_address
from config.web.fields import FieldError, Identifier, read_object
from config.wire.errors import WireError, invalid_signature
from config.wire.strict import Headers, Proof, read_plain_proof, read_proof

WINDOW_SECONDS = 60.0
SMALL_BYTES = 2 * 1024
"""Rewriting a body up to this size takes less time than the rest of a request."""
MOST_ADDRESSES = 100_000
_OWN_NETWORK_BITS = 64  # an IPv6 subscriber has such a network and can use all its addresses


@dataclass(slots=True)
class Failures:
    """Counts wrong signatures per address in the current minute."""

    _counts: dict[str, int] = field(default_factory=dict)
    _began_at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, address: str) -> None:
        with self._lock:
            self._begin_anew_if_due()
            if address in self._counts or len(self._counts) < MOST_ADDRESSES:
                self._counts[address] = self._counts.get(address, 0) + 1

    def are_many(self, address: str) -> bool:
        """Whether the address has too many. If the table is full, every new address has."""
        with self._lock:
            self._begin_anew_if_due()
            count = self._counts.get(address)
            if count is None:
                return len(self._counts) >= MOST_ADDRESSES
            return count >= settings.SIGNATURE_FAILURES_PER_MINUTE

    def _begin_anew_if_due(self) -> None:
        now = time.monotonic()
        if now - self._began_at >= WINDOW_SECONDS:
            self._counts.clear()
            self._began_at = now


failures = Failures()


def proof_of(request: HttpRequest, body: bytes, headers: Headers) -> Proof:
    """Raises WireError 401 if the headers cannot fit any secret."""
    return _with_time(request, read_proof(request, body, headers))


def plain_proof_of(request: HttpRequest, body: bytes, signature_header: str) -> Proof:
    """Like ``proof_of``, for a signature of the body alone."""
    return _with_time(request, read_plain_proof(request, body, signature_header))


def refused(request: HttpRequest, proof: Proof) -> WireError:
    """401 for a wrong signature. It is counted if checking it took time."""
    if proof.is_thorough and len(proof.body) > SMALL_BYTES:
        failures.note(_sender(request))
    return invalid_signature()


def named_in(proof: Proof, name: str) -> str | None:
    """The identifier in this field of a body that is not verified yet, or None.

    Use it only to choose the secret to try.
    """
    try:
        value = getattr(_decoder(name).decode(proof.body), name)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        # For example, another field has half a surrogate pair. This is rare and slow to read.
        value = _read_slowly(proof.body, name) if proof.is_thorough else None
    try:
        return Identifier().read(value)
    except FieldError:
        return None


@cache
def _decoder(name: str) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(msgspec.defstruct("Named", [(name, Any, None)]))


def _read_slowly(body: bytes, name: str) -> Any:
    try:
        return read_object(body).get(name)
    except WireError:
        return None


def _with_time(request: HttpRequest, proof: Proof) -> Proof:
    if len(proof.body) > SMALL_BYTES:
        proof.is_thorough = not failures.are_many(_sender(request))
    return proof


def _sender(request: HttpRequest) -> str:
    """The key that failures are counted by: an IPv4 address or an IPv6 network."""
    try:
        address = client_address(request)
    except AddressUnreadable:
        return ""
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, IPv6Address):
        return str(IPv6Network((parsed, _OWN_NETWORK_BITS), strict=False))
    return address
