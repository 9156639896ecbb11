"""Logs what staff view, export and change. ``recorded`` wraps every page of the admin."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from config.backoffice.models import Action, StaffAction
from config.backoffice.reading import READS
from config.web import pages
from config.web.address import AddressUnreadable, client_address
from config.wire.request_id import REQUEST_ID_HEADER, bind_request_id
from config.wire.text import as_line

logger = logging.getLogger(__name__)

_NOT_ENTERED = frozenset({"jsi18n", "autocomplete"})
_LONGEST_ADDRESS = 1_000
View = Callable[..., HttpResponseBase]


def recorded(view: View) -> View:
    """Wrap the view so that its result is written to the staff log. If it cannot be recorded, the
    page is not shown: the answer is 503.
    """

    @wraps(view)
    def recording(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response = view(request, *args, **kwargs)
        except Exception as fault:
            _enter_if_possible(request, _status_of(fault))
            raise
        try:
            _enter(request, response.status_code)
        except DatabaseError as fault:
            if request.method not in READS:
                raise
            logger.warning("%s is not shown, because of the staff log: %s", request.path, fault)
            return pages.unrecorded(request)
        return response

    return recording


def add_details(request: HttpRequest, details: str) -> None:
    """Add this text to the log entry of the current request."""
    said = getattr(request, "staff_details", "")
    request.staff_details = f"{said} {details}".strip()  # type: ignore[attr-defined]


def mark_as_export(request: HttpRequest, details: str) -> None:
    """Mark the answer as an export: a file with data for use elsewhere."""
    request.is_export = True  # type: ignore[attr-defined]
    add_details(request, details)


def _enter(request: HttpRequest, status: int) -> None:
    """Write the entry. Raises DatabaseError."""
    if request.user.is_authenticated and _page_of(request) not in _NOT_ENTERED:
        _insert(request, request.user, _action(request, status), status=status)


def _enter_if_possible(request: HttpRequest, status: int) -> None:
    """For a page that failed: the user is told about that failure, not about the log's."""
    try:
        _enter(request, status)
    except DatabaseError:
        logger.warning("cannot write to the staff log: %s", request.path)


def _status_of(fault: Exception) -> int:
    if isinstance(fault, PermissionDenied):
        return 403
    return 404 if isinstance(fault, Http404) else 500


def _action(request: HttpRequest, status: int) -> Action:
    if status >= 400:
        return Action.REFUSED
    if getattr(request, "is_export", False):
        return Action.EXPORTED
    return Action.VIEWED if request.method in READS else Action.CHANGED


def _insert(
    request: HttpRequest, user: Any, action: Action, *, status: int, page: str = ""
) -> None:
    StaffAction.objects.create(
        at=timezone.now(),
        username=user.get_username(),
        user_pk=user.pk,
        action=action,
        page=(page or _page_of(request))[:100],
        subject=_subject(request)[:200],
        address=request.get_full_path()[:_LONGEST_ADDRESS],
        status=status,
        details=getattr(request, "staff_details", ""),
        came_from=_came_from(request),
        request_id=bind_request_id(request.headers.get(REQUEST_ID_HEADER)),
    )


def _came_from(request: HttpRequest) -> str:
    try:
        return client_address(request)
    except AddressUnreadable:
        return "unreadable"


def _page_of(request: HttpRequest) -> str:
    match = request.resolver_match
    return (match.url_name or "") if match else ""


def _subject(request: HttpRequest) -> str:
    match = request.resolver_match
    return as_line(" ".join(str(value) for value in match.kwargs.values())) if match else ""


def _signed(action: Action) -> Callable[..., None]:
    def enter(request: HttpRequest | None, user: Any, **_: Any) -> None:
        if request is None or user is None or not user.is_staff:
            return
        try:
            _insert(request, user, action, status=HttpResponse.status_code, page=action.label)
        except DatabaseError:
            logger.warning("cannot write to the staff log: %s", action.label)

    return enter


_enter_sign_in, _enter_sign_out = _signed(Action.SIGNED_IN), _signed(Action.SIGNED_OUT)


def watch_the_door() -> None:
    """Log when users sign in and out."""
    user_logged_in.connect(_enter_sign_in, dispatch_uid="staff-log-in")
    user_logged_out.connect(_enter_sign_out, dispatch_uid="staff-log-out")
