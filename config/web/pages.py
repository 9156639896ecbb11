"""Pages for people: which requests want one, and with which headers it is sent."""

import sys
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from config.postgres.outcome import is_unknown
from config.wire import errors
from config.wire.errors import WireError, is_database_unavailable
from config.wire.request_id import REQUEST_ID_HEADER, bind_request_id

HTML = "text/html"

# Everything comes from this server: the pages work offline, and nobody else's script runs in them.
_POLICY = "Content-Security-Policy"
_STRICT = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
# Swagger UI needs inline styles.
_STRICT_BUT_FOR_STYLES = f"{_STRICT}; style-src 'self' 'unsafe-inline'"


class ContentSecurityPolicy:
    """Middleware: every page has the strict policy, unless it has one of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        response.headers.setdefault(_POLICY, _STRICT)
        return response


def prefers_page(request: HttpRequest) -> bool:
    """A browser rather than a program, by its Accept header with its quality values."""
    return request.get_preferred_type([errors.JSON, HTML]) == HTML


def page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    status: int = 200,
    inline_styles: bool = False,
) -> HttpResponse:
    response = render(request, template, context, status=status)
    response.headers[_POLICY] = _STRICT_BUT_FOR_STYLES if inline_styles else _STRICT
    return response


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Django's handler404."""
    return _failure(request, errors.not_found(request.path), "There is nothing here")


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500; the answer is 503 where the database cannot serve the page now."""
    fault = sys.exc_info()[1]
    if fault is not None and (is_database_unavailable(fault) or is_unknown(fault)):
        error = errors.from_fault(fault)
    else:
        error = errors.internal_error()  # Django logs the fault
    title = "The database is busy" if error.status == 503 else "Something went wrong"
    return _failure(request, error, title)


def refused(request: HttpRequest, error: WireError) -> HttpResponse:
    """What is not let in, where no endpoint says it in its dialect."""
    return _failure(request, error, "Not here")


def _failure(request: HttpRequest, error: WireError, title: str) -> HttpResponse:
    request_id = bind_request_id(request.headers.get(REQUEST_ID_HEADER))
    if prefers_page(request):
        context = {"title": title, "error": error, "request_id": request_id}
        response = page(request, "failure.html", context, status=error.status)
        for name, value in error.headers.items():
            response.headers[name] = value
    else:
        response = error.response()
    response.headers["Vary"] = "Accept"
    response.headers[REQUEST_ID_HEADER] = request_id
    return response
