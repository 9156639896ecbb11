"""Who may use the wallet service outside demo mode, and how often."""

import pytest
from pytest_django import Settings

from casino.models import Family
from tests.access.conftest import bearer, make_key
from tests.api.wallets.holder import code_of, read, send
from tests.casino_world import nothing_written, request
from tests.factories import unique

TOP_UP = {"user_id": "nobody", "asset_code": "NONE", "amount": 1, "reference_id": "r"}


@pytest.fixture
def live(settings: Settings) -> Settings:
    settings.DEMO_MODE = False
    return settings


def test_it_asks_for_a_key(live: Settings) -> None:
    with nothing_written():
        answers = [
            read("/api/v1/wallets/user_alice/balance"),
            read("/assets"),
            send("/api/v1/wallets/topup", TOP_UP),
            send("/transaction", b"{"),
        ]
    assert [code_of(answer) for answer in answers] == [(401, "UNAUTHORIZED")] * 4
    assert [answer.headers["WWW-Authenticate"] for answer in answers] == ["Bearer"] * 4


def test_it_refuses_a_key_of_another_family(live: Settings) -> None:
    headers = bearer(make_key(Family.EVENTS).text)
    assert code_of(send("/api/v1/wallets/topup", TOP_UP, headers)) == (403, "FORBIDDEN")
    assert code_of(request("GET", "/assets", headers=headers)) == (403, "FORBIDDEN")


def test_it_lets_a_key_of_its_own_in(live: Settings) -> None:
    headers = bearer(make_key(Family.WALLETS).text)
    answer = send("/api/v1/wallets/topup", TOP_UP | {"user_id": unique("nobody")}, headers)
    assert code_of(answer) == (404, "ASSET_NOT_FOUND")
    assert request("GET", "/assets", headers=headers).status == 200


def test_a_client_that_asks_too_often_is_told_when_to_come_back(live: Settings) -> None:
    live.RATE_LIMITS = {"wallets": "2/day"}
    headers = bearer(make_key(Family.WALLETS).text)
    assert [request("GET", "/assets", headers=headers).status for _ in range(2)] == [200, 200]
    answer = request("GET", "/assets", headers=headers)
    assert code_of(answer) == (429, "RATE_LIMITED")
    assert 1 <= int(answer.headers["Retry-After"]) <= 86_400
