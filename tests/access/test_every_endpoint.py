"""Outside demo mode no endpoint is open by oversight: this walks every route of the project."""

import json
import re
from collections.abc import Iterator
from typing import Any

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern
from pytest_django import Settings

from config.web.endpoint import Endpoint, Exchange

OPEN = {"/", "/health", "/health/live", "/health/ready", "/docs", "/schema", "/api/v1/health"}
"""What everybody may see: whether the service is well, and what it offers to known callers."""


GAME_PAGES = "/provider/play/"
"""Pages for a player's browser; the token in their address gives access."""


TO_THE_ADMIN = "/admin"
"""Redirects to the admin, for people who type its address."""


def routes(
    patterns: list[URLPattern | URLResolver], prefix: str = "/"
) -> Iterator[tuple[str, type]]:
    """Every path, with its parameters filled in, and the view behind it."""
    for pattern in patterns:
        if not isinstance(pattern.pattern, RoutePattern):
            continue  # the pattern for addresses that do not exist
        path = prefix + re.sub("<[^>]+>", "x", str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            if pattern.app_name != "admin":
                yield from routes(pattern.url_patterns, path)
        elif path != TO_THE_ADMIN and not path.startswith(GAME_PAGES):
            yield path, vars(pattern.callback)["view_class"]


def stranger_at(path: str, view: type) -> tuple[int, Any, str | None]:
    """The status, body and challenge that a caller without key or signature gets."""
    browser = Client(SERVER_NAME="localhost")
    if issubclass(view, Endpoint):
        answer = browser.post(path, "{}", content_type="application/json")
    else:
        answer = browser.get(path)
    body = json.loads(answer.content) if answer.status_code != 200 else None
    return answer.status_code, body, answer.headers.get("WWW-Authenticate")


def is_refusal(path: str, status: int, body: Any, challenge: str | None) -> bool:
    if path == "/event":
        return (status, body["status"]) == (400, "rejected") and "API key" in body["reason"]
    if path in ("/players", "/wallet/x", "/wallet/x/transactions"):
        return (status, body["status"], challenge) == (401, "rejected", "Bearer")
    if "error" in body:
        return (status, body["error"]["code"], challenge) == (401, "UNAUTHORIZED", "Bearer")
    if path in ("/casino/launchGame", "/casino/simulateRound", "/metrics"):
        return (status, body["code"], challenge) == (401, "UNAUTHORIZED", "Bearer")
    return (status, body["code"], challenge) == (401, "INVALID_SIGNATURE", None)


def test_every_endpoint_but_those_that_are_meant_to_be_open_refuses_a_stranger(
    live: Settings,
) -> None:
    live.SIMULATE_ROUND = True
    found, answered = dict(routes(get_resolver().url_patterns)), set()
    for path, view in found.items():
        status, body, challenge = stranger_at(path, view)
        if status == 200:
            answered.add(path)
        else:
            assert is_refusal(path, status, body, challenge), (path, status, body, challenge)
    assert answered == OPEN
    assert len(found) >= 25
    assert {"/event", "/transaction", "/casino/launchGame", "/casino/debit"} <= found.keys()
    assert "/casino/transactions" in found.keys() - answered


def test_every_endpoint_answers_in_the_envelope_of_its_family(live: Settings) -> None:
    for path, view in routes(get_resolver().url_patterns):
        assert issubclass(view, Exchange) or path in OPEN, path
