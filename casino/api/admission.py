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
)
from config.web.address import address_of

STATUS_AND_CODE: dict[type[AccessRefused], tuple[int, str]] = {
    KeyMissing: (401, "UNAUTHORIZED"),
    KeyRefused: (401, "UNAUTHORIZED"),
    KeyOutOfScope: (403, "FORBIDDEN"),
    RateLimited: (429, "RATE_LIMITED"),
}


def admit_request(request: HttpRequest, family: Family, *, is_proven: bool = False) -> None:
    """Let the request in, or raise AccessRefused. ``is_proven``: its signature was verified."""
    admit(
        family=family,
        authorization=request.META.get("HTTP_AUTHORIZATION"),
        client=address_of(request),
        is_proven=is_proven,
    )


def headers_of(refusal: AccessRefused) -> dict[str, str]:
    """What goes with the refusal in every dialect."""
    if isinstance(refusal, RateLimited):
        return {"Retry-After": str(refusal.retry_after_seconds)}
    if isinstance(refusal, KeyMissing | KeyRefused):
        return {"WWW-Authenticate": "Bearer"}
    return {}
