"""``GET /metrics`` for Prometheus: open in demo mode, elsewhere for who shows METRICS_TOKEN."""

import hmac
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from prometheus_client import CONTENT_TYPE_LATEST

from config.web.endpoint import Lookup
from config.web.metrics import exposition
from config.web.openapi import (
    API_KEY,
    TEXT,
    WWW_AUTHENTICATE,
    Failure,
    error_responses,
)
from config.wire.errors import WireError

_UNAUTHORIZED = Failure(
    401, "UNAUTHORIZED", "Outside demo mode METRICS_TOKEN is needed as a bearer token."
)


@extend_schema(
    tags=["Service"],
    summary="What it counted",
    auth=API_KEY,
    parameters=[WWW_AUTHENTICATE],
    responses={
        (200, "text/plain"): OpenApiResponse(TEXT, description="Prometheus' text format."),
        **error_responses("METHOD_NOT_ALLOWED", refusals=[_UNAUTHORIZED]),
    },
)
class Metrics(Lookup):
    """Requests and their time, refusals by code, replays, over all workers; rounds and bets that
    are open, lock waits, looked up now."""

    def authenticate(self, request: HttpRequest) -> None:
        shown = request.META.get("HTTP_AUTHORIZATION", "").encode(errors="replace")
        wanted = f"Bearer {settings.METRICS_TOKEN}".encode()
        is_known = bool(settings.METRICS_TOKEN) and hmac.compare_digest(shown, wanted)
        if is_known or (settings.DEMO_MODE and not settings.METRICS_TOKEN):
            return
        raise WireError(
            401,
            _UNAUTHORIZED.code,
            _UNAUTHORIZED.meaning,
            headers={"WWW-Authenticate": "Bearer"},
        )

    def get(self, request: HttpRequest, **found: Any) -> HttpResponse:
        return HttpResponse(
            exposition(), content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"}
        )
