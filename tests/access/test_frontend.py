"""launchGame and simulateRound outside demo mode."""

import pytest
from pytest_django import Settings

from casino.models import Family
from tests.access.conftest import bearer, make_key
from tests.casino_world import Answer, post

NOBODY = b'{"playerId": "nobody-at-all", "gameId": "no-game", "currency": "EUR"}'
LAUNCH = "/casino/launchGame"
SIMULATE = "/casino/simulateRound"


def challenge(answer: Answer) -> str | None:
    return answer.headers.get("WWW-Authenticate")


def test_launch_game_asks_for_a_key(live: Settings) -> None:
    answer = post(LAUNCH, NOBODY)
    assert (answer.status, answer.code, challenge(answer)) == (401, "UNAUTHORIZED", "Bearer")
    assert answer.body["status"] == "error"
    assert "Authorization: Bearer" in answer.body["message"]


def test_launch_game_refuses_a_wrong_key(live: Settings) -> None:
    answer = post(LAUNCH, NOBODY, bearer("ck_wrong"))
    assert (answer.status, answer.code, challenge(answer)) == (401, "UNAUTHORIZED", "Bearer")


def test_launch_game_refuses_a_key_of_another_family(live: Settings) -> None:
    answer = post(LAUNCH, NOBODY, bearer(make_key(Family.WALLETS).text))
    assert (answer.status, answer.code, challenge(answer)) == (403, "FORBIDDEN", None)


def test_launch_game_lets_a_key_of_its_own_in(live: Settings) -> None:
    answer = post(LAUNCH, NOBODY, bearer(make_key().text))
    assert (answer.status, answer.code) == (404, "PLAYER_NOT_FOUND")


def test_launch_game_is_open_in_demo_mode(settings: Settings) -> None:
    settings.DEMO_MODE = True
    assert post(LAUNCH, NOBODY).code == "PLAYER_NOT_FOUND"


def test_the_key_is_asked_for_before_the_body_is_looked_at(live: Settings) -> None:
    assert post(LAUNCH, b"{").status == 401
    assert post(LAUNCH, b"{", bearer(make_key().text)).status == 400


@pytest.mark.parametrize("key", [None, "ck_wrong"])
def test_simulate_round_is_not_there_unless_it_was_turned_on(
    live: Settings, key: str | None
) -> None:
    live.SIMULATE_ROUND = False
    answer = post(SIMULATE, NOBODY, bearer(key or make_key().text))
    assert (answer.status, answer.code) == (404, "NOT_FOUND")
    assert answer.body["status"] == "error"


def test_simulate_round_asks_for_a_key_where_it_was_turned_on(live: Settings) -> None:
    live.SIMULATE_ROUND = True
    assert post(SIMULATE, NOBODY).status == 401
    assert post(SIMULATE, NOBODY, bearer(make_key(Family.EVENTS).text)).status == 403
    assert post(SIMULATE, NOBODY, bearer(make_key().text)).code == "PLAYER_NOT_FOUND"


def test_simulate_round_can_be_turned_off_in_demo_mode(settings: Settings) -> None:
    settings.DEMO_MODE = True
    settings.SIMULATE_ROUND = False
    assert post(SIMULATE, NOBODY).status == 404


def test_a_client_that_asks_too_often_is_told_when_to_come_back(live: Settings) -> None:
    live.RATE_LIMITS = {"frontend": "2/day"}
    headers = bearer(make_key().text)
    assert [post(LAUNCH, NOBODY, headers).status for _ in range(2)] == [404, 404]
    answer = post(LAUNCH, NOBODY, headers)
    assert (answer.status, answer.code) == (429, "RATE_LIMITED")
    assert 1 <= int(answer.headers["Retry-After"]) <= 86_400
    assert answer.headers["Retry-After"] in answer.body["message"]
