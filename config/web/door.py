"""Checks the host and the scheme of every request before anything else.

The rules are Django's (ALLOWED_HOSTS, SECURE_SSL_REDIRECT, SECURE_HSTS_SECONDS). They apply to
endpoints and pages, and each refuses in its own dialect. Health checks are exempt, because a
checker may use any name or address of this service.
"""

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse

from config.wire.errors import https_required, invalid_request

MOST_HOSTS_KEPT = 1_024
HSTS = "Strict-Transport-Security"

known_hosts: dict[str | None, bool] = {}
"""Whether a Host header is allowed. Without this, Django would parse it for every request."""

_allowed_by: list[str] = []


def check(request: HttpRequest) -> None:
    """Check the request.

    Raises WireError: 400 if the host is not a name of this service; a redirection if the request
    must use HTTPS.
    """
    if not _is_allowed_host(request):
        raise invalid_request({"Host": ["is not a name of this service"]})
    if settings.SECURE_SSL_REDIRECT and not request.is_secure():
        raise https_required(
            f"https://{request.get_host()}{request.get_full_path()}",
            is_safe=request.method in ("GET", "HEAD"),
        )


def see_out(request: HttpRequest, response: HttpResponse) -> None:
    """Tell a client that used HTTPS to always use it."""
    seconds = settings.SECURE_HSTS_SECONDS
    if seconds and HSTS not in response.headers and request.is_secure():
        response.headers[HSTS] = f"max-age={seconds}"


def _is_allowed_host(request: HttpRequest) -> bool:
    global _allowed_by  # noqa: PLW0603
    if _allowed_by is not settings.ALLOWED_HOSTS or len(known_hosts) > MOST_HOSTS_KEPT:
        known_hosts.clear()
        _allowed_by = settings.ALLOWED_HOSTS
    host = request.META.get("HTTP_HOST")
    is_allowed = known_hosts.get(host)
    if is_allowed is None:
        try:
            request.get_host()
            is_allowed = True
        except DisallowedHost:
            is_allowed = False
        known_hosts[host] = is_allowed
    return is_allowed
