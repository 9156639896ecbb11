"""The address that a request came from, as far as it can be trusted."""

import re
from ipaddress import IPv6Address, ip_address

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from rest_framework.settings import api_settings

from config.wire.errors import WireError

_PORT = re.compile(r"[0-9]{1,5}", re.ASCII)


class AddressUnreadable(ValueError):
    """A trusted proxy named something that is not an address."""


def client_address(request: HttpRequest) -> str:
    """The client's address in canonical form; empty if there is none, as on a Unix socket.

    X-Forwarded-For counts only behind NUM_PROXIES proxies, because anyone can send it. Some proxies
    add a port or brackets. Since a client must not look like another one with each connection, the
    address is normalised. Raises AddressUnreadable.
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
        message = "X-Forwarded-For has no address at the place where the proxies write one."
        raise WireError(400, "INVALID_REQUEST", message) from None


def sign_in_address(request: HttpRequest) -> str:
    """``client_address`` for the admin's sign-in, which needs one; otherwise Django answers 400."""
    try:
        return client_address(request) or str(IPv6Address(0))
    except AddressUnreadable:
        raise SuspiciousOperation("X-Forwarded-For does not contain an address.") from None


def _normal(text: str) -> str:
    host, port = _host_and_port(text.strip().strip('"'))
    if port is not None and not _PORT.fullmatch(port):
        raise AddressUnreadable(text)
    try:
        address = ip_address(host.partition("%")[0])  # a zone only has a meaning for the proxy
    except ValueError:
        raise AddressUnreadable(text) from None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


def _host_and_port(text: str) -> tuple[str, str | None]:
    """Split 192.0.2.1:443, [2001:db8::1]:443 and [2001:db8::1]; anything else is only a host."""
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        return host, rest.removeprefix(":") if rest or not bracket else None
    host, colon, port = text.partition(":")
    return (host, port) if colon and ":" not in port else (text, None)
