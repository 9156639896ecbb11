"""The start page: what is served here and, in demo mode, a round to watch."""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from config.web.bodies import Nothing
from config.web.endpoint import Lookup
from config.web.health import HEALTH, check_health
from config.web.openapi_document import document
from config.web.pages import page, prefers_page
from config.wire.errors import RETRY_AFTER_SECONDS

_offers: dict[str, Callable[[], Mapping[str, Any]]] = {}


def offer_from(service: str, offer: Callable[[], Mapping[str, Any]]) -> None:
    """Add the context from ``offer`` to the page. A service calls this when it is loaded."""
    _offers[service] = offer


class Start(Lookup[Nothing]):
    """The health of the service as JSON. A browser (`Accept: text/html`) gets a page."""

    tag = "Service"
    summary = "Start page"
    answers = HEALTH

    def answer(self, asked: Nothing) -> HttpResponse:
        request, health = self.request, check_health()
        if prefers_page(request):
            context = {"health": health, **_offer(request)}
            response = page(request, "start.html", context, status=health.status)
            if not health.database_is_up:
                response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        else:
            response = health.response()
        response.headers["Vary"] = "Accept"
        return response


def _offer(request: HttpRequest) -> dict[str, Any]:
    """The context that shows what a visitor can do here."""
    offered: dict[str, Any] = {}
    for service in settings.SERVICES & _offers.keys():
        offered |= _offers[service]()
    return {
        "services": settings.SERVICES,
        "groups": [
            {"name": tag["name"], "about": tag.get("description", "").replace("`", "")}
            for tag in document()["tags"]
        ],
        "address": request.build_absolute_uri("/").rstrip("/"),
        **offered,
    }
