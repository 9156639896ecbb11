"""A frontend on another origin may call launchGame and simulateRound if a setting names it."""

from collections.abc import Iterator

import pytest
import requests

from tests.servers import Server, serving

SHOP = "https://play.example"
STRANGER = "https://evil.example"
FRONTEND = ["/casino/launchGame", "/casino/simulateRound"]
ELSEWHERE = ["/casino/debit", "/event", "/players", "/api/v1/health", "/provider/launch"]


@pytest.fixture(scope="module")
def casino(database: None, no_rate_limits: None) -> Iterator[Server]:
    with serving(CORS_ALLOWED_ORIGINS=SHOP, DEMO_MODE="true") as server:
        yield server


def preflight(server: Server, path: str, origin: str) -> requests.Response:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    return requests.options(f"{server.url}{path}", headers=headers, timeout=10)


def call(server: Server, path: str, origin: str) -> requests.Response:
    headers = {"Origin": origin, "Content-Type": "application/json"}
    return requests.post(f"{server.url}{path}", b"{", headers=headers, timeout=10)


@pytest.mark.parametrize("path", FRONTEND)
def test_a_browser_may_call_from_the_named_origin(casino: Server, path: str) -> None:
    asked = preflight(casino, path, SHOP)
    assert asked.status_code == 200
    assert asked.headers["Access-Control-Allow-Origin"] == SHOP
    assert asked.headers["Access-Control-Allow-Methods"] == "POST"
    assert "authorization" in asked.headers["Access-Control-Allow-Headers"]

    answer = call(casino, path, SHOP)
    assert answer.status_code == 400
    assert answer.json()["code"] == "INVALID_REQUEST"
    assert answer.headers["Access-Control-Allow-Origin"] == SHOP
    assert "retry-after" in answer.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize("path", FRONTEND)
def test_from_another_origin_it_may_not(casino: Server, path: str) -> None:
    for answer in (preflight(casino, path, STRANGER), call(casino, path, STRANGER)):
        assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("path", ELSEWHERE)
def test_other_endpoints_are_not_for_browsers_of_other_origins(casino: Server, path: str) -> None:
    for answer in (preflight(casino, path, SHOP), call(casino, path, SHOP)):
        assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("path", FRONTEND)
def test_no_origin_is_named_by_default(server: Server, path: str) -> None:
    for answer in (preflight(server, path, SHOP), call(server, path, SHOP)):
        assert "Access-Control-Allow-Origin" not in answer.headers
