"""What a signed request shows of who sent it, and how long anybody may keep us busy with it.

A wrong signature must be cheap to refuse. To write a large body again as Node.js would takes time,
so it is done for the first few large bodies with a wrong signature that come from an address in a
minute (SIGNATURE_FAILURES_PER_MINUTE). After those only the bytes as they were sent are looked at,
so a signature of them is always served; and so is every small body, whoever sends from there.
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
"""Bodies up to here are written again in less time than the rest of a request takes."""
_MOST_ADDRESSES = 100_000
_OWN_NETWORK_BITS = 64  # what one subscriber has of IPv6, to take addresses from at will


@dataclass(slots=True)
class Failures:
    """How many wrong signatures came from each address since the minute began."""

    _counts: dict[str, int] = field(default_factory=dict)
    _began_at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, address: str) -> None:
        with self._lock:
            self._begin_anew_if_due()
            if address in self._counts or len(self._counts) < _MOST_ADDRESSES:
                self._counts[address] = self._counts.get(address, 0) + 1

    def are_many(self, address: str) -> bool:
        """Whether the address has used up its minute; where all are counted, any new one has."""
        with self._lock:
            self._begin_anew_if_due()
            count = self._counts.get(address)
            if count is None:
                return len(self._counts) >= _MOST_ADDRESSES
            return count >= settings.SIGNATURE_FAILURES_PER_MINUTE

    def _begin_anew_if_due(self) -> None:
        now = time.monotonic()
        if now - self._began_at >= WINDOW_SECONDS:
            self._counts.clear()
            self._began_at = now


failures = Failures()


def proof_of(request: HttpRequest, body: bytes, headers: Headers) -> Proof:
    """Raises WireError 401 where nothing that is shown can fit."""
    return _with_time(request, read_proof(request, body, headers))


def plain_proof_of(request: HttpRequest, body: bytes, signature_header: str) -> Proof:
    """As ``proof_of``, by a signature of the body alone."""
    return _with_time(request, read_plain_proof(request, body, signature_header))


def refused(request: HttpRequest, proof: Proof) -> WireError:
    """401 for a signature that fits nothing; what took time is counted."""
    if proof.is_thorough and len(proof.body) > SMALL_BYTES:
        failures.note(_sender(request))
    return invalid_signature()


def named_in(proof: Proof, name: str) -> str | None:
    """The identifier that a body which nobody has verified yet has in this field, or None.

    To be believed for nothing but whose secret to try.
    """
    try:
        value = getattr(_decoder(name).decode(proof.body), name)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        # Half a surrogate pair, say, in some other field: rare, and slow to read.
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
    """By whom failures are counted: an IPv4 address, or a network of IPv6."""
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
