"""The start page: what is served here, and for a demonstration, a round to watch."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema

from config.web.endpoint import Lookup
from config.web.health import HEALTH_RESPONSES, check_health
from config.web.openapi import UNSIGNED
from config.web.openapi_document import document
from config.web.pages import page, prefers_page


@extend_schema(tags=["Service"], summary="Start page", auth=UNSIGNED, responses=HEALTH_RESPONSES)
class Start(Lookup):
    """The health of the service as JSON. A browser, by `Accept: text/html`, gets a page."""

    def get(self, request: HttpRequest, **found: Any) -> HttpResponse:
        health = check_health()
        if prefers_page(request):
            context = {"health": health, **_offer(request)}
            response = page(request, "start.html", context, status=health.status)
        else:
            response = health.response()
        response.headers["Vary"] = "Accept"
        return response


def _offer(request: HttpRequest) -> dict[str, Any]:
    """What a visitor can do here."""
    casino_is_here = "casino" in settings.SERVICES
    return {
        "services": settings.SERVICES,
        "groups": [
            {"name": tag["name"], "about": tag.get("description", "").replace("`", "")}
            for tag in document()["tags"]
        ],
        "address": request.build_absolute_uri("/").rstrip("/"),
        "may_try": casino_is_here and settings.DEMO_MODE and settings.SIMULATE_ROUND,
        **(_demo() if casino_is_here and settings.DEMO_MODE else {}),
    }


def _demo() -> dict[str, Any]:
    """The demo's wallets and games, to choose from. Nobody plays with assets."""
    from casino.demo_data import CURRENCIES, GAMES, OPENINGS  # noqa: PLC0415 - may not be installed

    assets = {currency.code for currency in CURRENCIES if currency.is_asset}
    return {
        "wallets": [opening for opening in OPENINGS if opening.currency not in assets],
        "games": GAMES,
    }
