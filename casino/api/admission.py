"""The door of the families that API keys open; each says a refusal in its own dialect."""

from django.http import HttpRequest

from casino.models import Family
from casino.operations.access import (
    AccessRefused,
    KeyMissing,
    KeyOutOfScope,
    KeyRefused,
    RateLimited,
    admit,
    limit_rate,
)
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

STATUS_AND_CODE: dict[type[AccessRefused], tuple[int, str]] = {
    KeyMissing: (401, "UNAUTHORIZED"),
    KeyRefused: (401, "UNAUTHORIZED"),
    KeyOutOfScope: (403, "FORBIDDEN"),
    RateLimited: (429, "RATE_LIMITED"),
}


def admit_request(request: HttpRequest, family: Family, *, is_proven: bool = False) -> None:
    """Let the request in, or raise AccessRefused. ``is_proven``: its signature was verified."""
    client = address_of(request)
    try:
        authorization = None if is_proven else read_header(request, "Authorization")
    except HeaderUnreadable:
        limit_rate(family=family.value, client=client)  # as whoever tries keys
        raise KeyRefused from None
    admit(family=family, authorization=authorization, client=client, is_proven=is_proven)


def headers_of(refusal: AccessRefused) -> dict[str, str]:
    """What goes with the refusal in every dialect."""
    if isinstance(refusal, RateLimited):
        return {"Retry-After": str(refusal.retry_after_seconds)}
    if isinstance(refusal, KeyMissing | KeyRefused):
        return {"WWW-Authenticate": "Bearer"}
    return {}
