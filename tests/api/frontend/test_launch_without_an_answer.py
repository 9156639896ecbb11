"""If a provider is away, silent, busy or talks nonsense, no session is left active."""

import pytest

from casino import provider_client
from casino.models import SessionStatus
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
        says({"status": "error", "code": "GAME_NOT_FOUND", "message": "no"}, "404 Not Found"),
        says({"status": "error", "code": "INVALID_SIGNATURE", "message": "no"}, "401 No"),
        says({"status": "error", "code": "X", "message": "no"}, "500 Oops"),
        says({"status": "error", "code": "X", "message": "no"}),
        loopback.says("302 Found", b"", "Location: /elsewhere"),
    ],
    ids=range(24),
)
def test_a_provider_that_makes_no_sense_is_unavailable(
    player: Player, answers: loopback.Answer
) -> None:
    with player.provider_that(answers):
        assert told(player.launch()) == (502, "PROVIDER_UNAVAILABLE")
    assert is_left_inactive(player)


def test_a_provider_that_is_busy_is_busy(player: Player) -> None:
    busy = {"status": "error", "code": "BUSY", "message": "later"}
    with player.provider_that(says(busy, "503 Service Unavailable")):
        answer = player.launch()

    assert told(answer) == (503, "BUSY")
    assert int(answer.headers["Retry-After"]) >= 1
    assert is_left_inactive(player)


def test_what_the_provider_says_is_not_shown_whole(player: Player) -> None:
    """The provider's HTML, and any secret in it, does not reach the frontend."""
    with player.provider_that(says(b"<html>secret-of-theirs</html>")):
        answer = player.launch()

    assert b"secret" not in answer.raw
