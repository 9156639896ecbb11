"""If a provider is away, silent, busy or talks nonsense, no session is left active."""

from typing import Any

import pytest

from casino import provider_client
from casino.models import SessionStatus
from config.wire import calls
from config.wire.calls import CallGate
from tests.api.frontend.player import LAUNCHED, Player, says
from tests.api.frontend.test_launch_game import told
from tests.casino_world import Play
from tests.wire import loopback


# ---- the provider does not cooperate ------------------------------------------------------------
def is_left_inactive(player: Player) -> bool:
    """Whether the session is not active; it must take no bets, and no money may have moved."""
    (session,) = player.sessions()
    play = Play(session, player.game.provider.secret_key.encode())
    assert told(play.debit(100)) == (403, "SESSION_INACTIVE")
    assert play.balances == (100_000, 0)
    return session.status != SessionStatus.ACTIVE


def test_a_provider_that_cannot_be_reached_is_unavailable(player: Player) -> None:
    with player.provider_that(says(LAUNCHED)):
        pass  # it has stopped again

    assert told(player.launch()) == (502, "PROVIDER_UNAVAILABLE")
    assert is_left_inactive(player)


def test_a_provider_that_hangs_up_is_unavailable(player: Player) -> None:
    with player.provider_that(loopback.says_raw(b"HTTP/1.1 200 OK\r\nContent-Le")):
        assert told(player.launch()) == (502, "PROVIDER_UNAVAILABLE")
    assert is_left_inactive(player)


def test_a_provider_that_says_nothing_times_out(
    player: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider_client, "READ_TIMEOUT_SECONDS", 0.2)
    with player.provider_that(loopback.silence):
        assert told(player.launch()) == (504, "PROVIDER_TIMEOUT")
    assert is_left_inactive(player)


@pytest.mark.parametrize(
    "answers",
    [
        says(LAUNCHED, "500 Internal Server Error"),
        says(b"<html>Bad gateway</html>", "502 Bad Gateway"),
        says(b"<html>hello</html>"),
        says(b""),
        says(b"[]"),
        says(b'{"status":'),
        says({}),
        says({"status": "success"}),
        says({**LAUNCHED, "status": "ok"}),
        says({key: value for key, value in LAUNCHED.items() if key != "status"}),
        says({**LAUNCHED, "providerSessionId": None}),
        says({**LAUNCHED, "providerSessionId": 7}),
        says({**LAUNCHED, "providerSessionId": ""}),
        says({**LAUNCHED, "providerSessionId": "x" * 129}),
        says({**LAUNCHED, "providerSessionId": "a b"}),
        says({**LAUNCHED, "providerSessionId": "a\x00b"}),
        says({**LAUNCHED, "providerSessionId": "\ud800"}),
        says({**LAUNCHED, "launchUrl": None}),
        says({**LAUNCHED, "launchUrl": ["https://games.example"]}),
        says({**LAUNCHED, "launchUrl": "https://games.example/\x00"}),
        says({**LAUNCHED, "launchUrl": "\ud800"}),
        says({**LAUNCHED, "launchUrl": "javascript:alert(1)"}),
        says({**LAUNCHED, "launchUrl": "JavaScript://games.example/%0aalert(1)"}),
        says({**LAUNCHED, "launchUrl": "data:text/html,hello"}),
        says({**LAUNCHED, "launchUrl": "//games.example/play"}),
        says({**LAUNCHED, "launchUrl": "/play"}),
        says({**LAUNCHED, "launchUrl": "https:play"}),
        says({**LAUNCHED, "launchUrl": "https://[games.example/play"}),
        says({"status": "error", "code": "GAME_NOT_FOUND", "message": "no"}, "404 Not Found"),
        says({"status": "error", "code": "INVALID_SIGNATURE", "message": "no"}, "401 No"),
        says({"status": "error", "code": "X", "message": "no"}, "500 Oops"),
        says({"status": "error", "code": "X", "message": "no"}),
        loopback.says("302 Found", b"", "Location: /elsewhere"),
    ],
    ids=range(33),
)
def test_a_provider_that_makes_no_sense_is_unavailable(
    player: Player, answers: loopback.Answer
) -> None:
    with player.provider_that(answers):
        assert told(player.launch()) == (502, "PROVIDER_UNAVAILABLE")
    assert is_left_inactive(player)


@pytest.mark.parametrize("url", ["http://games.example/play", "HTTPS://games.example:8443/?a=b"])
def test_the_address_of_a_game_is_http(player: Player, url: str) -> None:
    with player.provider_that(says({**LAUNCHED, "launchUrl": url})):
        assert player.launch().body["launchUrl"] == url


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"code": "GAME_NOT_FOUND", "message": "no such game"}, "404 Not Found",
         "refused the request with GAME_NOT_FOUND: no such game"),
        ({"code": "GAME_NOT_FOUND", "message": "no such game"}, "200 OK",
         "refused the request with GAME_NOT_FOUND: no such game"),
        ({"code": "GAME_NOT_FOUND"}, "404 Not Found", "refused the request with GAME_NOT_FOUND"),
        ({}, "404 Not Found", "refused the request with 404"),
        ({"code": ["A"], "message": {"a": "b"}}, "404 Not Found", "refused the request with 404"),
        ({"code": "OOPS", "message": "we fell"}, "500 Oops",
         "failed with OOPS: we fell"),
        ({"code": "DOWN", "message": "we fell"}, "503 Down",
         "failed with DOWN: we fell"),
    ],
)  # fmt: skip
def test_a_refusal_of_the_provider_is_passed_on_with_its_code(
    player: Player, body: dict[str, Any], status: str, message: str
) -> None:
    with player.provider_that(says({"status": "error", **body}, status)):
        answer = player.launch()
    assert told(answer) == (502, "PROVIDER_UNAVAILABLE")
    assert answer.body["message"] == f"{player.game.provider.code} {message}."
    assert is_left_inactive(player)


@pytest.mark.parametrize(
    ("sent", "passed_on"),
    [("7", "7"), ("0", "1"), ("-1", "1"), ("4000", "1"), ("soon", "1"), ("", "1"), ("٣", "1")],
)
def test_a_provider_that_is_busy_is_busy(player: Player, sent: str, passed_on: str) -> None:
    body = b'{"status": "error", "code": "BUSY", "message": "later"}'
    answers = loopback.says("503 Unavailable", body, "Content-Type: application/json",
                            f"Retry-After: {sent}")  # fmt: skip
    with player.provider_that(answers):
        answer = player.launch()

    assert told(answer) == (503, "BUSY")
    name = player.game.provider.code
    assert answer.body["message"] == f"{name} is busy and has done nothing."
    assert answer.headers["Retry-After"] == passed_on
    assert is_left_inactive(player)


def test_calls_that_have_no_place_are_not_blamed_on_the_wallet(
    player: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider_client, "GATE", CallGate(threads=2))
    monkeypatch.setattr(calls, "LONGEST_WAIT_SECONDS", 0.01)
    with provider_client.GATE.place(partner="another"):
        answer = player.launch()
    assert told(answer) == (503, "BUSY")
    assert answer.body["message"] == "Too many calls are in progress."
    assert answer.headers["Retry-After"] == "1"


def test_a_game_that_only_an_aggregator_opens_cannot_be_launched(player: Player) -> None:
    player.game.provider.provider_secret = ""
    player.game.provider.save()
    answer = player.launch()
    assert told(answer) == (502, "PROVIDER_UNAVAILABLE")
    assert answer.body["message"] == "This game cannot be launched here."
    assert player.sessions() == [] or is_left_inactive(player)


def test_what_the_provider_says_is_not_shown_whole(player: Player) -> None:
    """The provider's HTML, and any secret in it, does not reach the frontend."""
    with player.provider_that(says(b"<html>secret-of-theirs</html>")):
        answer = player.launch()

    assert b"secret" not in answer.raw
