"""Where a request came from, as far as it can be believed."""

from ipaddress import ip_address

from django.http import HttpRequest
from rest_framework.throttling import BaseThrottle

_NO_ADDRESS = "::"


def address_of(request: HttpRequest) -> str:
    """X-Forwarded-For counts behind NUM_PROXIES proxies alone; else anybody may write it."""
    return BaseThrottle().get_ident(request) or ""  # type: ignore[arg-type]


def ip_address_of(request: HttpRequest) -> str:
    """For who needs an address: what a proxy says that is none is counted as one and the same."""
    address = address_of(request)
    try:
        return str(ip_address(address))
    except ValueError:
        return _NO_ADDRESS
