"""``GET /metrics`` for Prometheus: open in demo mode, otherwise it requires METRICS_TOKEN."""

import hmac
from typing import Annotated

from django.conf import settings
from django.http import HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from config.web.bodies import Nothing
from config.web.endpoint import Lookup
from config.web.failures import METHOD_NOT_ALLOWED, Failure
from config.web.metrics import exposition
from config.web.openapi_headers import API_KEY

_UNAUTHORIZED = Failure(
    401, "UNAUTHORIZED", "Outside demo mode this needs METRICS_TOKEN as a bearer token."
)


class MetricsToken(BaseAuthentication):
    """Requires METRICS_TOKEN as a bearer token, except in demo mode if it is not set."""

    def authenticate(self, request: Request) -> None:
        shown = request.META.get("HTTP_AUTHORIZATION", "").encode(errors="replace")
        wanted = f"Bearer {settings.METRICS_TOKEN}".encode()
        is_known = bool(settings.METRICS_TOKEN) and hmac.compare_digest(shown, wanted)
        if is_known or (settings.DEMO_MODE and not settings.METRICS_TOKEN):
            return
        error = _UNAUTHORIZED.example()
        error.headers["WWW-Authenticate"] = "Bearer"
        raise error


class Metrics(Lookup[Nothing]):
    """Requests and their time, refusals by code and replays, for all workers together. Also open
    rounds and bets and lock waits, queried now."""

    tag = "Service"
    summary = "Metrics"
    security = API_KEY
    authentication_classes = (MetricsToken,)
    answers = Annotated[str, "Prometheus' text format."]
    media_types = ("text/plain",)
    wire_failures = (METHOD_NOT_ALLOWED, _UNAUTHORIZED)

    def answer(self, asked: Nothing) -> HttpResponse:
        return HttpResponse(
            exposition(), content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"}
        )
