"""Every route checks host and scheme before anything else, and refuses in its own dialect."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver
from pytest_django import Settings

from config.web.endpoint import Endpoint
from config.wire.signing import CASINO_SIGNATURE, sign
from tests.access.test_every_endpoint import routes
from tests.casino_world import Play, nothing_written
from tests.servers import Server, serving
from tests.wire.test_over_real_http import answer_to

HEALTH = {"/health", "/health/live", "/health/ready", "/api/v1/health"}
ROUTES = dict(routes(get_resolver().url_patterns))
METHODS = {path: "POST" if issubclass(view, Endpoint) else "GET" for path, view in ROUTES.items()}
GUARDED = sorted(set(ROUTES) - HEALTH)

BAD_HOSTS = [
    "evil.example",
    "127.0.0.1.evil.example",
    "under_score",
    "a,localhost",
    "",
    "[::1",
    "é",
]


def ask(path: str, host: str, *, secure: bool = False) -> Any:
    client = Client(HTTP_HOST=host)
    return client.generic(METHODS[path], path, b"{}", "application/json", secure=secure)


def message_of(path: str, answer: Any) -> str:
    """The message of a refusal, which must be in the envelope of the route's family."""
    body = json.loads(answer.content)
    if path.startswith(("/event", "/players", "/wallet/")):
        assert body.keys() == {"status", "reason"}
        return str(body["reason"])
    if path.startswith(("/api/v1/", "/assets", "/balance/", "/transaction")):
        assert body.keys() == {"error"}
        return str(body["error"]["message"])
    assert body["status"] == "error"
    return str(body["message"])


@pytest.mark.parametrize("path", GUARDED)
def test_a_host_that_is_not_ours_is_refused_by_every_route(path: str) -> None:
    with nothing_written():
        for host in BAD_HOSTS:
            answer = ask(path, host)
            assert answer.status_code == 400, host
            assert answer.headers["Content-Type"] == "application/json"
            assert message_of(path, answer) == "Host: is not a name of this service"
            assert answer.headers["x-request-id"]


@pytest.mark.parametrize("path", sorted(HEALTH))
@pytest.mark.parametrize("host", [*BAD_HOSTS, "10.1.2.3:8000"])
def test_a_health_check_comes_by_any_name(settings: Settings, path: str, host: str) -> None:
    settings.SECURE_SSL_REDIRECT = True
    answer = ask(path, host)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("path", GUARDED)
def test_every_route_sends_to_https_where_that_is_asked_for(settings: Settings, path: str) -> None:
    settings.SECURE_SSL_REDIRECT = True
    with nothing_written():
        answer = ask(path, "localhost:8000")
    assert answer.status_code == (308 if METHODS[path] == "POST" else 301)
    assert answer.headers["Location"] == f"https://localhost:8000{path}"
    assert message_of(path, answer) == f"Ask at https://localhost:8000{path}."


@pytest.mark.parametrize("path", sorted(ROUTES))
def test_every_route_says_to_come_by_https_always_to_who_did(settings: Settings, path: str) -> None:
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 3600
    answer = ask(path, "localhost", secure=True)
    assert answer.status_code not in (301, 308)
    assert answer.headers["Strict-Transport-Security"] == "max-age=3600"
    assert "Strict-Transport-Security" not in ask(path, "localhost").headers


@pytest.mark.parametrize(
    "path", ["/admin", "/admin/", "/admin/login/", "/nowhere", "/api/v1/nowhere"]
)
def test_pages_and_what_is_not_there_go_by_the_same_rules(settings: Settings, path: str) -> None:
    for accept, kind in (("application/json", "application/json"), ("text/html", "text/html")):
        client = Client(HTTP_HOST="evil.example", HTTP_ACCEPT=accept)
        answer = client.get(path)
        is_endpoint = path.startswith("/api/")
        assert answer.status_code == 400
        expected = "application/json" if is_endpoint else kind
        assert answer.headers["Content-Type"].startswith(expected)
    settings.SECURE_SSL_REDIRECT = True
    answer = Client(HTTP_HOST="localhost").get(path)
    assert (answer.status_code, answer.headers["Location"]) == (301, f"https://localhost{path}")


def test_the_host_comes_before_the_signature(play: Play) -> None:
    body = json.dumps(play.movement(100)).encode()
    headers = play.headers(body)
    with nothing_written():
        answer = Client(HTTP_HOST="evil.example").generic(
            "POST", "/casino/debit", body, "application/json", headers=headers
        )
    assert (answer.status_code, json.loads(answer.content)["code"]) == (400, "INVALID_REQUEST")


def test_what_is_allowed_may_change(settings: Settings) -> None:
    assert ask("/assets", "other.example").status_code == 400
    settings.ALLOWED_HOSTS = ["other.example"]
    assert ask("/assets", "other.example").status_code == 200
    assert ask("/assets", "localhost").status_code == 400


def test_many_names_do_not_fill_the_memory() -> None:
    from config.web import door  # noqa: PLC0415 - this test looks into the module

    for number in range(door.MOST_HOSTS_KEPT + 10):
        ask("/casino/debit", f"{number}.example")
    assert len(door.known_hosts) <= door.MOST_HOSTS_KEPT + 1
    assert ask("/casino/debit", "localhost").status_code == 401


# ---- over real HTTP ------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def strict(database: None, no_rate_limits: None, one_key_for_secrets: None) -> Iterator[Server]:
    """A server behind a proxy that says which scheme a client used."""
    with serving(
        SSL_REDIRECT="true", HSTS_SECONDS="3600", NUM_PROXIES="1", ALLOWED_HOSTS="casino.example"
    ) as server:
        yield server


def lines(play: Play, *headers: str, path: str = "/casino/debit") -> bytes:
    body = json.dumps(play.movement(100)).encode()
    head = [
        f"POST {path} HTTP/1.1",
        "Connection: close",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        f"x-provider-code: {play.session.provider.code}",
        f"{CASINO_SIGNATURE}: {sign((play.secret,), body)}",
    ]
    return "\r\n".join([*head, *headers, "", ""]).encode() + body


@pytest.mark.parametrize(
    "headers",
    [(), ("Host: evil.example",), ("Host: casino.example", "Host: evil.example"), ("Host:",)],
)
def test_a_signed_debit_by_another_name_moves_nothing(
    strict: Server, play: Play, headers: tuple[str, ...]
) -> None:
    with nothing_written():
        status, said = answer_to(strict, lines(play, *headers, "X-Forwarded-Proto: https"))
    assert (status, json.loads(said)["code"]) == (400, "INVALID_REQUEST")


def test_a_signed_debit_in_the_clear_moves_nothing(strict: Server, play: Play) -> None:
    with nothing_written():
        status, said = answer_to(strict, lines(play, "Host: casino.example"))
    assert (status, json.loads(said)["code"]) == (308, "HTTPS_REQUIRED")


def test_a_signed_debit_by_https_and_our_name_moves_money(strict: Server, play: Play) -> None:
    headers = ("Host: casino.example", "X-Forwarded-Proto: https")
    assert answer_to(strict, lines(play, *headers))[0] == 200
    assert play.balances == (99_900, 0)


@pytest.mark.parametrize("path", sorted(HEALTH))
@pytest.mark.parametrize("host", ["Host: 127.0.0.1", "Host: casino_app:8000", "Host:", ""])
def test_health_is_told_to_who_comes_by_address(strict: Server, path: str, host: str) -> None:
    head = [f"GET {path} HTTP/1.1", *([host] if host else []), "Connection: close"]
    status, said = answer_to(strict, "\r\n".join([*head, "", ""]).encode())
    assert status == 200
    json.loads(said)
