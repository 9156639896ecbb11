"""What every request is held against before anything else looks at it: its host and its scheme.

The rules are Django's (ALLOWED_HOSTS, SECURE_SSL_REDIRECT, SECURE_HSTS_SECONDS), for endpoints and
pages alike, and each answers in its own dialect. A health check comes by whatever name or address
the one who checks has, so it is let in by any.
"""

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse

from config.wire.errors import https_required, invalid_request

_MOST_HOSTS_KEPT = 1_024
HSTS = "Strict-Transport-Security"

# What Host headers were found to be; Django takes them apart anew each time.
_allowed: dict[str | None, bool] = {}
_allowed_by: list[str] = []


def check(request: HttpRequest) -> None:
    """Let the request in.

    Raises WireError: 400 for a host that is none of this service's names; a redirection where the
    request must come by HTTPS.
    """
    if not _is_allowed_host(request):
        raise invalid_request({"Host": ["is not a name of this service"]})
    if settings.SECURE_SSL_REDIRECT and not request.is_secure():
        raise https_required(
            f"https://{request.get_host()}{request.get_full_path()}",
            is_safe=request.method in ("GET", "HEAD"),
        )


def see_out(request: HttpRequest, response: HttpResponse) -> None:
    """Tell who came by HTTPS to do so always."""
    seconds = settings.SECURE_HSTS_SECONDS
    if seconds and HSTS not in response.headers and request.is_secure():
        response.headers[HSTS] = f"max-age={seconds}"


def _is_allowed_host(request: HttpRequest) -> bool:
    global _allowed_by  # noqa: PLW0603
    if _allowed_by is not settings.ALLOWED_HOSTS or len(_allowed) > _MOST_HOSTS_KEPT:
        _allowed.clear()
        _allowed_by = settings.ALLOWED_HOSTS
    host = request.META.get("HTTP_HOST")
    is_allowed = _allowed.get(host)
    if is_allowed is None:
        try:
            request.get_host()
            is_allowed = True
        except DisallowedHost:
            is_allowed = False
        _allowed[host] = is_allowed
    return is_allowed
