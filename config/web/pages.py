"""Pages for people: which requests get one, and with which headers."""

import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render

from config.postgres.outcome import is_unknown
from config.web.raw_body import LARGEST_BODY_BYTES, read_body
from config.wire import errors
from config.wire.errors import WireError, is_database_unavailable
from config.wire.request_id import REQUEST_ID_HEADER, bind_request_id

HTML = "text/html"

# Everything comes from this server, so pages work offline and foreign scripts do not run in them.
_POLICY = "Content-Security-Policy"
_STRICT = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
# Swagger UI needs inline styles.
_STRICT_BUT_FOR_STYLES = f"{_STRICT}; style-src 'self' 'unsafe-inline'"

_AWAY = (
    "The database is not answering or not accepting changes at the moment. Both are needed to sign "
    "in, and to open a page whose readers are recorded. Nothing was lost: try again later."
)


class ContentSecurityPolicy:
    """Middleware: sets the strict policy on every page that has none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        response.headers.setdefault(_POLICY, _STRICT)
        return response


class CompressedAdmin(GZipMiddleware):
    """Middleware: compresses the admin's pages and nothing else.

    Django adds a random length to every compressed page, so that its size reveals no secret
    (BREACH).
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        match = request.resolver_match
        is_page = response.headers.get("Content-Type", "").startswith(HTML)
        if not (is_page and match and match.app_name == "admin"):
            return response
        return super().process_response(request, response)


class ReadableForms:
    """Middleware: refuses a form that is too large or did not arrive, and says so. Otherwise it
    would be refused because its CSRF token, which is in it, cannot be read.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], *_: Any
    ) -> HttpResponse | None:
        if request.method != "POST" or getattr(view, "csrf_exempt", False):
            return None  # an endpoint reads its body itself, and has its own dialect
        try:
            read_body(request)
        except WireError as error:
            return _failure(request, _about_a_form(error), "This form was not accepted")
        return None


def _about_a_form(error: WireError) -> WireError:
    if error.status != 413:
        return error
    message = (
        f"This form is over {LARGEST_BODY_BYTES // 1024} KiB, so nothing was saved. Go back and "
        "shorten it."
    )
    return WireError(error.status, error.code, message)


def prefers_page(request: HttpRequest) -> bool:
    """Whether the client prefers HTML to JSON, by its Accept header with its quality values."""
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


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Django's handler403."""
    error = WireError(403, "FORBIDDEN", "Your account cannot see or do this. Ask for permission.")
    return _failure(request, error, "Not for this account")


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """Django's CSRF_FAILURE_VIEW."""
    message = "This form is too old or comes from another site. Go back and open it again."
    return _failure(request, WireError(403, "FORBIDDEN", message), "This form was not accepted")


def locked_out(request: HttpRequest, credentials: Any = None) -> HttpResponse:  # noqa: ARG001
    """The AXES_LOCKOUT_CALLABLE: the page for users who failed to sign in too often."""
    wait: timedelta = settings.AXES_COOLOFF_TIME
    minutes = max(int(wait.total_seconds()) // 60, 1)
    error = WireError(
        429,
        "LOCKED_OUT",
        f"Signing in failed too often with this name. Try again in {minutes} min, or ask an "
        "administrator to let you in.",
    )
    return _failure(request, error, "Locked out for a while")


def unrecorded(request: HttpRequest) -> HttpResponse:
    """For a page that may only be shown while its readers can be recorded."""
    message = (
        "Everybody who opens this page is recorded, and the database cannot record anything at "
        "the moment. Try again later."
    )
    return _failure(request, _later(message), "This page cannot be shown right now")


def _later(message: str) -> WireError:
    busy = errors.busy()
    return WireError(busy.status, busy.code, message, headers=busy.headers)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500. The answer is 503 if the database is not available at the moment."""
    fault = sys.exc_info()[1]
    if fault is not None and (is_database_unavailable(fault) or is_unknown(fault)):
        error = errors.from_fault(fault)
    else:
        error = errors.internal_error()  # Django logs the exception
    if error.status == 503:
        return _failure(request, _later(_AWAY), "The database is busy")
    return _failure(request, error, "Something went wrong")


def refused(request: HttpRequest, error: WireError) -> HttpResponse:
    """Refuse a request that does not belong to an endpoint with its own dialect."""
    return _failure(request, error, "Not here")


def _failure(request: HttpRequest, error: WireError, title: str) -> HttpResponse:
    request_id = bind_request_id(request.headers.get(REQUEST_ID_HEADER))
    if prefers_page(request):
        context = {
            "title": title,
            "error": error,
            "request_id": request_id,
            "is_back_office": request.path.startswith("/admin/"),
        }
        response = page(request, "failure.html", context, status=error.status)
        for name, value in error.headers.items():
            response.headers[name] = value
    else:
        response = error.response()
    response.headers["Vary"] = "Accept"
    response.headers[REQUEST_ID_HEADER] = request_id
    return response
