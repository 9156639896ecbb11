"""Where a request came from, as far as it can be believed."""

import re
from ipaddress import IPv6Address, ip_address

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from rest_framework.settings import api_settings

from config.wire.errors import WireError

_PORT = re.compile(r"[0-9]{1,5}", re.ASCII)


class AddressUnreadable(ValueError):
    """A proxy that is believed named something that is no address."""


def client_address(request: HttpRequest) -> str:
    """The client's address in its one spelling; empty where there is none, as on a Unix socket.

    X-Forwarded-For counts only behind NUM_PROXIES proxies: anyone may write it. Some proxies add a
    port or brackets to what they write, and one client must not be another with each connection,
    so what has more than one spelling is normalised. Raises AddressUnreadable.
    """
    proxies = api_settings.NUM_PROXIES
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR")
    if not proxies or forwarded is None:
        peer = request.META.get("REMOTE_ADDR", "")
        return _normal(peer) if peer else ""
    entries = forwarded.split(",")
    return _normal(entries[-min(proxies, len(entries))])


def address_of(request: HttpRequest) -> str:
    """``client_address`` for an endpoint. Raises WireError 400."""
    try:
        return client_address(request)
    except AddressUnreadable:
        message = "X-Forwarded-For does not name an address where the proxies write one."
        raise WireError(400, "INVALID_REQUEST", message) from None


def sign_in_address(request: HttpRequest) -> str:
    """``client_address`` for the admin's sign-in, which needs one; Django answers 400 without."""
    try:
        return client_address(request) or str(IPv6Address(0))
    except AddressUnreadable:
        raise SuspiciousOperation("X-Forwarded-For does not name an address.") from None


def _normal(text: str) -> str:
    host, port = _host_and_port(text.strip().strip('"'))
    if port is not None and not _PORT.fullmatch(port):
        raise AddressUnreadable(text)
    try:
        address = ip_address(host.partition("%")[0])  # a zone is the proxy's own name for a link
    except ValueError:
        raise AddressUnreadable(text) from None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


def _host_and_port(text: str) -> tuple[str, str | None]:
    """Take apart 192.0.2.1:443, [2001:db8::1]:443 and [2001:db8::1]; the rest is all host."""
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        return host, rest.removeprefix(":") if rest or not bracket else None
    host, colon, port = text.partition(":")
    return (host, port) if colon and ":" not in port else (text, None)
