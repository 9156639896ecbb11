"""An unreadable key is a wrong key, not a missing one; this matters in demo mode."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from tests.casino_world import nothing_written

UNREADABLE = {
    "empty": "",
    "blank": "   ",
    "Latin-1": "Bearer \u00e9",
    "UTF-8": "Bearer ck_\u00c3\u00a9",
    "a control character": "Bearer ck_\x01",
    "twice": "Bearer ck_a,Bearer ck_b",
    "twice, once empty": ",Bearer ck_b",
}
OPENED_BY_KEYS = {
    "/casino/launchGame": "POST",
    "/casino/simulateRound": "POST",
    "/event": "POST",
    "/players": "GET",
    "/wallet/x": "GET",
    "/assets": "GET",
    "/transaction": "POST",
    "/api/v1/wallets/topup": "POST",
    "/api/v1/wallets/x/balance": "GET",
}


def ask(method: str, path: str, value: str, address: str = "127.0.0.1") -> Any:
    sent = [(b"Authorization", part.encode("latin-1")) for part in value.split(",")]
    server: dict[str, Any] = {"server.headers": sent, "REMOTE_ADDR": address}
    client = Client(SERVER_NAME="localhost", **server)
    headers = {"Authorization": value, "Content-Type": "application/json"}
    return client.generic(method, path, b"{}", headers=headers)


@pytest.mark.parametrize("path", OPENED_BY_KEYS)
@pytest.mark.parametrize("value", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_key_that_cannot_be_read_is_refused_in_demo_mode_too(
    settings: Settings, path: str, value: str
) -> None:
    settings.DEMO_MODE = settings.SIMULATE_ROUND = True
    with nothing_written():
        answer = ask(OPENED_BY_KEYS[path], path, value)
    assert answer.status_code == (400 if path == "/event" else 401)
    assert "The API key is not valid" in answer.content.decode()
    if path != "/event":
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_what_cannot_be_read_is_counted_as_what_tries_keys(settings: Settings) -> None:
    settings.DEMO_MODE = True
    settings.RATE_LIMITS = {"wallets": "2/day"}
    statuses = [ask("GET", "/assets", "", "203.0.113.77").status_code for _ in range(3)]
    assert statuses == [401, 401, 429]
