"""POST /casino/simulateRound: the casino's half, with a provider that the test plays.

The tests with the real provider are in ``tests/end_to_end``.
"""

import json
from typing import Any

import pytest
from pytest_django import Settings

from casino import provider_client
from casino.models import Game, GameProvider, PlayerStatus, SessionStatus, SimulationRun, User
from casino.operations.players import set_player_status
from config.wire.signing import PROVIDER_SIGNATURE
from tests.api.frontend.player import LAUNCHED, Player, make_player, says, send
from tests.api.frontend.simulating import TRANSCRIPT, plays, simulate, then, told
from tests.casino_world import nothing_written
from tests.factories import unique
from tests.signatures import verify
from tests.wire import loopback


def test_it_launches_and_has_the_provider_play(player: Player) -> None:
    player.game.provider.provider_secret = "shared-secret"
    run_id = unique("run")
    with player.provider_that(then(says(LAUNCHED), plays())) as there:
        answer = simulate(player, runId=run_id, bets=[10, 20], wins=[0], rollbackBet=5)

    assert answer.status == 200
    (session,) = player.sessions()
    assert answer.body["session"] == {
        "sessionToken": session.session_token,
        "sessionId": session.session_id,
        "providerSessionId": "ps-1",
        "launchUrl": LAUNCHED["launchUrl"],
        "playerId": player.wallet.user.username,
        "gameId": player.game.provider_game_id,
        "currency": "EUR",
        "balance": 100_000,
    }
    assert {name: answer.body[name] for name in TRANSCRIPT} == {**TRANSCRIPT, "runId": run_id}
    _, asked = there.requests
    head, _, body = asked.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /provider/simulate HTTP/1.1\r\n")
    assert json.loads(body) == {
        "providerSessionId": "ps-1",
        "sessionToken": session.session_token,
        "playerId": player.wallet.user.username,
        "runId": run_id,
        "bets": [10, 20],
        "wins": [0],
        "rollbackBet": 5,
    }
    (signature,) = (
        line.partition(b": ")[2].decode()
        for line in head.split(b"\r\n")
        if line.lower().startswith(PROVIDER_SIGNATURE.encode())
    )
    assert verify((b"shared-secret",), body, signature)


def test_a_run_without_an_id_gets_one(player: Player) -> None:
    with player.provider_that(then(says(LAUNCHED), plays())) as there:
        assert simulate(player).status == 200

    (run,) = SimulationRun.objects.filter(session__user=player.wallet.user)
    assert json.loads(there.requests[1].partition(b"\r\n\r\n")[2])["runId"] == run.run_id
    assert 1 <= len(run.run_id) <= 64


def test_the_same_run_is_launched_once(player: Player) -> None:
    run_id = unique("run")
    answers = then(says(LAUNCHED), plays(), plays())
    with player.provider_that(answers) as there:
        first, second = simulate(player, runId=run_id), simulate(player, runId=run_id)

    assert (first.status, second.status) == (200, 200)
    assert [request.split(b" ")[1] for request in there.requests] == [
        b"/provider/launch",
        b"/provider/simulate",
        b"/provider/simulate",
    ]
    assert first.body["session"] == second.body["session"]


def test_a_run_that_could_not_be_launched_is_launched_at_the_next_try(player: Player) -> None:
    run_id = unique("run")
    with player.provider_that(says({}, "500 Oops")):
        assert told(simulate(player, runId=run_id)) == (502, "PROVIDER_UNAVAILABLE")
    with player.provider_that(then(says(LAUNCHED), plays())):
        assert simulate(player, runId=run_id).status == 200

    (session,) = player.sessions()
    assert session.status == SessionStatus.ACTIVE


def test_a_run_that_was_ended_before_its_launch_is_not_played(player: Player) -> None:
    run_id = unique("run")
    with player.provider_that(says({}, "500 Oops")):
        assert told(simulate(player, runId=run_id)) == (502, "PROVIDER_UNAVAILABLE")
    blocked, active = PlayerStatus.BLOCKED, PlayerStatus.ACTIVE
    for status, code in ((blocked, "PLAYER_BLOCKED"), (active, "SESSION_INACTIVE")):
        set_player_status(user_pks=[player.wallet.user_id], status=status)
        with player.provider_that(then()) as there, nothing_written():
            assert told(simulate(player, runId=run_id)) == (403, code)
        assert there.requests == []


@pytest.mark.parametrize(
    "other", [{"bets": [11]}, {"wins": []}, {"rollbackBet": 6}, {"currency": "USD"}], ids=str
)
def test_the_same_run_with_other_arguments_is_a_conflict(
    player: Player, other: dict[str, Any]
) -> None:
    run = {"runId": unique("run"), "bets": [10], "wins": [0], "rollbackBet": 5}
    with player.provider_that(then(says(LAUNCHED), plays())) as there:
        assert simulate(player, **run).status == 200
        with nothing_written():
            assert told(simulate(player, **{**run, **other})) == (409, "TRANSACTION_CONFLICT")
    assert len(there.requests) == 2


def test_anothers_run_is_a_conflict(player: Player) -> None:
    run_id = unique("run")
    with player.provider_that(then(says(LAUNCHED), plays())):
        assert simulate(player, runId=run_id).status == 200
    another = make_player()
    with nothing_written():
        assert told(simulate(another, runId=run_id)) == (409, "TRANSACTION_CONFLICT")


def test_who_or_what_may_not_be_played_is_refused(player: Player) -> None:
    user = User.objects.filter(pk=player.wallet.user_id)
    game = Game.objects.filter(pk=player.game.pk)
    provider = GameProvider.objects.filter(pk=player.game.provider_id)
    for rows, withdrawn, restored, code in (
        (user, {"status": "BLOCKED"}, {"status": "ACTIVE"}, "PLAYER_BLOCKED"),
        (game, {"is_active": False}, {"is_active": True}, "GAME_INACTIVE"),
        (provider, {"is_disabled": True}, {"is_disabled": False}, "PROVIDER_DISABLED"),
    ):
        rows.update(**withdrawn)
        with nothing_written():
            assert told(simulate(player)) == (403, code)
        rows.update(**restored)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"playerId": "nobody"}, "PLAYER_NOT_FOUND"),
        ({"playerId": "nobody", "currency": None}, "PLAYER_NOT_FOUND"),
        ({"gameId": "nothing"}, "GAME_NOT_FOUND"),
        ({"currency": "XXX"}, "WALLET_NOT_FOUND"),
    ],
    ids=str,
)
def test_who_or_what_is_unknown_is_not_found(
    player: Player, changes: dict[str, Any], code: str
) -> None:
    if "playerId" in changes:
        changes = {**changes, "playerId": unique("nobody")}
    with nothing_written():
        assert told(simulate(player, **changes)) == (404, code)


# ---- what the provider answers ------------------------------------------------------------------
def envelope(code: str) -> dict[str, str]:
    return {"status": "error", "code": code, "message": "why"}


@pytest.mark.parametrize(
    ("answers", "status", "code"),
    [
        (says(envelope("TRANSACTION_CONFLICT"), "409 Conflict"), 409, "TRANSACTION_CONFLICT"),
        (says(envelope("CASINO_UNAVAILABLE"), "502 Bad Gateway"), 502, "CASINO_UNAVAILABLE"),
        (says(envelope("CASINO_TIMEOUT"), "504 Gateway Timeout"), 504, "CASINO_TIMEOUT"),
        (says(envelope("BUSY"), "503 Service Unavailable"), 503, "BUSY"),
        (says(envelope("DOWN"), "503 Service Unavailable"), 502, "PROVIDER_UNAVAILABLE"),
        (says(envelope("SESSION_NOT_FOUND")), 502, "PROVIDER_UNAVAILABLE"),
        (says(envelope("INVALID_SIGNATURE"), "401 Unauthorized"), 502, "PROVIDER_UNAVAILABLE"),
        (says(envelope("SESSION_NOT_FOUND"), "404 Not Found"), 502, "PROVIDER_UNAVAILABLE"),
        (says(envelope("INTERNAL_ERROR"), "500 Oops"), 502, "PROVIDER_UNAVAILABLE"),
        (says(b"<html>oops</html>", "500 Oops"), 502, "PROVIDER_UNAVAILABLE"),
        (says(b"[]"), 502, "PROVIDER_UNAVAILABLE"),
        (says({}), 502, "PROVIDER_UNAVAILABLE"),
        (plays(closingBalance=None), 502, "PROVIDER_UNAVAILABLE"),
        (plays(openingBalance="100000"), 502, "PROVIDER_UNAVAILABLE"),
        (plays(expectedBalance=1.5), 502, "PROVIDER_UNAVAILABLE"),
        (loopback.says_raw(b""), 502, "PROVIDER_UNAVAILABLE"),
    ],
)
def test_what_the_provider_answers_reaches_the_caller_in_documented_words(
    player: Player, answers: loopback.Answer, status: int, code: str
) -> None:
    with player.provider_that(then(says(LAUNCHED), answers)):
        answer = simulate(player)

    assert told(answer) == (status, code)
    if status == 503:
        assert int(answer.headers["Retry-After"]) >= 1


@pytest.mark.parametrize(
    "answers",
    [
        says(envelope("CASINO_UNAVAILABLE"), "502 Bad Gateway"),
        says(envelope("CASINO_TIMEOUT"), "504 Gateway Timeout"),
        says(envelope("BUSY"), "503 Service Unavailable"),
        says(envelope("INTERNAL_ERROR"), "500 Oops"),
        plays(closingBalance=None),
        loopback.says_raw(b""),
        loopback.silence,
    ],
    ids=range(7),
)
def test_a_run_whose_end_is_not_known_is_named(
    player: Player, answers: loopback.Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The casino chose its id, and the caller needs the id to continue the run."""
    monkeypatch.setattr(provider_client, "SIMULATE_TIMEOUT_SECONDS", 0.2)
    with player.provider_that(then(says(LAUNCHED), answers, plays())):
        answer = simulate(player)
        (run,) = SimulationRun.objects.filter(session__user=player.wallet.user)
        assert answer.status in (502, 503, 504)
        assert answer.body["message"].endswith(f" Send it again with runId {run.run_id}.")
        assert simulate(player, runId=run.run_id).status == 200


def test_a_run_that_cannot_go_on_or_was_not_begun_is_not_named(player: Player) -> None:
    for answers in (
        then(says({}, "500 Oops")),
        then(says(LAUNCHED), says(envelope("TRANSACTION_CONFLICT"), "409 Conflict")),
    ):
        with player.provider_that(answers):
            assert "runId" not in simulate(player).body["message"]


def test_a_provider_that_says_nothing_times_out(
    player: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider_client, "SIMULATE_TIMEOUT_SECONDS", 0.2)
    with player.provider_that(then(says(LAUNCHED), loopback.silence)):
        assert told(simulate(player)) == (504, "PROVIDER_TIMEOUT")


def test_a_transcript_that_does_not_add_up_is_not_made_to(player: Player) -> None:
    """The closing balance is not the expected one, and the ledger knows no other movement."""
    wrong = plays(expectedBalance=99_000, consistent=False)
    with player.provider_that(then(says(LAUNCHED), wrong)):
        answer = simulate(player)

    assert (answer.status, answer.body["consistent"]) == (200, False)
    assert answer.body["expectedBalance"] == 99_000


def test_where_it_is_off_it_is_not_there(player: Player, settings: Settings) -> None:
    settings.SIMULATE_ROUND = False
    with nothing_written():
        assert simulate(player).status == 404


@pytest.mark.parametrize(
    ("model", "given", "said"),
    [(User, "gameId", "There is no player yet."), (Game, "playerId", "There is no game yet.")],
)
def test_an_empty_casino_has_nobody_to_play_and_nothing_to_play(
    player: Player, monkeypatch: pytest.MonkeyPatch, model: type[User | Game], given: str, said: str
) -> None:
    monkeypatch.setattr(model.objects, "order_by", lambda *_: model.objects.none())
    answer = send("simulateRound", {given: player.fields[given]})
    assert (answer.status, answer.body["message"]) == (404, said)
