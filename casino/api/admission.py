"""The door of the families that API keys open; each says a refusal in its own dialect."""

from typing import Any

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from casino.access import (
    KeyMissing,
    KeyOutOfScope,
    KeyRefused,
    RateLimited,
    admit,
    limit_rate,
)
from casino.models import Family
from config.web.address import address_of
from config.web.failures import Failure, Refusals
from config.wire.headers import HeaderUnreadable, read_header

_UNAUTHORIZED = Failure(
    401, "UNAUTHORIZED", headers=lambda _refusal: {"WWW-Authenticate": "Bearer"}
)
REFUSALS: Refusals = {
    KeyMissing: _UNAUTHORIZED,
    KeyRefused: _UNAUTHORIZED,
    KeyOutOfScope: Failure(403, "FORBIDDEN"),
    RateLimited: Failure(
        429,
        "RATE_LIMITED",
        headers=lambda refusal: {"Retry-After": str(refusal.retry_after_seconds)},
    ),
}
"""What every dialect with API keys has in its table."""


def admit_request(request: HttpRequest, family: Family, *, is_proven: bool = False) -> None:
    """Let the request in, or raise AccessRefused. ``is_proven``: its signature was verified."""
    client = address_of(request)
    try:
        authorization = None if is_proven else read_header(request, "Authorization")
    except HeaderUnreadable:
        limit_rate(family=family.value, client=client)  # as whoever tries keys
        raise KeyRefused from None
    admit(family=family, authorization=authorization, client=client, is_proven=is_proven)


class ApiKey(BaseAuthentication):
    """Lets a request into the ``family`` of its view by its API key, as often as it may ask."""

    def authenticate(self, request: Request) -> None:
        view: Any = request.parser_context["view"]
        admit_request(request, view.family)

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"
