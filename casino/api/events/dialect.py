"""How this family lets a caller in, and how it says no: ``{"status": "rejected", "reason"}``."""

from collections.abc import Mapping

import msgspec
from django.http import HttpRequest, HttpResponse

from casino.api.admission import STATUS_AND_CODE, admit_request, headers_of
from casino.models import Family
from casino.operations.access import AccessRefused
from config.web.endpoint import json_response
from config.wire.errors import WireError


def let_in(request: HttpRequest, *, is_proven: bool = False) -> None:
    """Raise WireError for whom this family is not open. ``is_proven``: its signature fits."""
    try:
        admit_request(request, Family.EVENTS, is_proven=is_proven)
    except AccessRefused as refusal:
        status, code = STATUS_AND_CODE[type(refusal)]
        raise WireError(status, code, refusal.message, headers=headers_of(refusal)) from None


def rejection(error: WireError, *, status: int | None = None) -> HttpResponse:
    """Say an error: as it stands with its headers, or with another ``status``, without them."""
    body = msgspec.json.encode({"status": "rejected", "reason": _reason(error)})
    response = json_response(body, error.headers if status is None else None)
    response.status_code = status or error.status
    return response


def _reason(error: WireError) -> str:
    if error.status == 503:
        return "busy, send again"
    wrong = error.extra.get("errors")
    if not isinstance(wrong, Mapping):
        return error.message
    return "; ".join(f"{field}: {message}" for field, said in wrong.items() for message in said)
