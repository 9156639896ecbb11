"""launchGame and simulateRound refuse bad requests as documented and write nothing."""

from typing import Any

import pytest

from tests.api.frontend.player import Player, make_player, send
from tests.casino_world import Answer, nothing_written
from tests.wire.bad_requests import with_json

ENDPOINTS = ("launchGame", "simulateRound")
IDENTIFIERS = {
    "launchGame": ("playerId", "gameId", "currency"),
    "simulateRound": ("playerId", "gameId", "currency", "runId"),
}


@pytest.fixture(scope="module")
def player() -> Player:
    return make_player()


def refused(answer: Answer, status: int, code: str) -> bool:
    assert set(answer.body) <= {"status", "code", "message", "errors"}
    assert answer.headers["Content-Type"] == "application/json"
    return (answer.status, answer.body["status"], answer.code) == (status, "error", code)


def test_launch_game_needs_all_its_fields(player: Player) -> None:
    with nothing_written():
        assert refused(send("launchGame", b""), 400, "INVALID_REQUEST")
        answer = send("launchGame", {})

    assert answer.body["errors"] == {
        name: ["is required"] for name in ("playerId", "gameId", "currency")
    }


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_an_identifier_is_1_to_128_visible_characters(player: Player, endpoint: str) -> None:
    for field in IDENTIFIERS[endpoint]:
        with nothing_written():
            answer = send(endpoint, with_json(player.fields, field, '"a b"'))

        assert refused(answer, 400, "INVALID_REQUEST")
        assert list(answer.body["errors"]) == [field]


def test_a_run_id_has_at_most_64_characters(player: Player) -> None:
    with nothing_written():
        answer = send("simulateRound", {**player.fields, "runId": "x" * 65})

    assert refused(answer, 400, "INVALID_REQUEST")
    assert list(answer.body["errors"]) == ["runId"]


@pytest.mark.parametrize("text", ["1.0", "-1", "9223372036854775808", "true"])
def test_amounts_are_integers_of_64_bits(player: Player, text: str) -> None:
    for field, value in (
        ("rollbackBet", text),
        ("bets", f"[{text}]"),
        ("bets", f"[1, {text}, 1]"),
        ("wins", f"[{text}]"),
        ("bets", text),
        ("wins", text),
    ):
        with nothing_written():
            answer = send("simulateRound", with_json(player.fields, field, value))

        assert refused(answer, 400, "INVALID_REQUEST"), (field, value[:50])
        assert list(answer.body["errors"]) == [field]


@pytest.mark.parametrize(
    "fields",
    [
        {"bets": []},
        {"bets": [0]},
        {"bets": [1] * 21},
        {"bets": [None]},
        {"bets": {}},
        {"wins": [1] * 21},
        {"wins": [None]},
        {"rollbackBet": 0},
        {"rollbackBet": [1]},
    ],
    ids=lambda fields: str(fields)[:24],
)
def test_a_script_keeps_within_its_bounds(player: Player, fields: dict[str, Any]) -> None:
    with nothing_written():
        answer = send("simulateRound", {**player.fields, **fields})

    assert refused(answer, 400, "INVALID_REQUEST")
    assert list(answer.body["errors"]) == list(fields)
