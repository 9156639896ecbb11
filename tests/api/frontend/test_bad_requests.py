"""What launchGame and simulateRound do not take: refused as documented, nothing written."""

import json
from typing import Any

import pytest

from tests.api.frontend.player import LAUNCHED, Player, make_player, says, send
from tests.casino_world import Answer, nothing_written, request
from tests.wire import bad_requests
from tests.wire.bad_requests import LARGEST_BODY_BYTES, BadBody, padded, with_json

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


@pytest.mark.parametrize("method", bad_requests.WRONG_METHODS)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_it_takes_nothing_but_post(player: Player, endpoint: str, method: str) -> None:
    body = json.dumps(player.fields).encode()
    with nothing_written():
        answer = request(method, f"/casino/{endpoint}", body)

    assert answer.status == 405
    assert answer.headers["Allow"] == "POST"
    if method != "HEAD":
        assert refused(answer, 405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize("content_type", bad_requests.BAD_CONTENT_TYPES)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_it_takes_nothing_but_json(player: Player, endpoint: str, content_type: str) -> None:
    body = json.dumps(player.fields).encode()
    with nothing_written():
        answer = request("POST", f"/casino/{endpoint}", body, {}, content_type)

    assert refused(answer, 415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("bad", bad_requests.BAD_BODIES, ids=lambda bad: bad.name)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_body_that_is_no_json_object_is_refused(endpoint: str, bad: BadBody) -> None:
    with nothing_written():
        answer = send(endpoint, bad.body)

    assert refused(answer, 400, "INVALID_REQUEST")
    assert list(answer.body["errors"]) == ["body"]


def test_launch_game_needs_all_its_fields(player: Player) -> None:
    with nothing_written():
        assert refused(send("launchGame", b""), 400, "INVALID_REQUEST")
        answer = send("launchGame", {})

    assert answer.body["errors"] == {
        name: ["is required"] for name in ("playerId", "gameId", "currency")
    }


@pytest.mark.parametrize(
    "text", bad_requests.BAD_IDENTIFIERS.values(), ids=bad_requests.BAD_IDENTIFIERS
)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_an_identifier_is_1_to_128_visible_characters(
    player: Player, endpoint: str, text: str
) -> None:
    for field in IDENTIFIERS[endpoint]:
        with nothing_written():
            answer = send(endpoint, with_json(player.fields, field, text))

        assert refused(answer, 400, "INVALID_REQUEST")
        assert list(answer.body["errors"]) == [field]


def test_a_run_id_has_at_most_64_characters(player: Player) -> None:
    with nothing_written():
        answer = send("simulateRound", {**player.fields, "runId": "x" * 65})

    assert refused(answer, 400, "INVALID_REQUEST")
    assert list(answer.body["errors"]) == ["runId"]


@pytest.mark.parametrize(
    "text",
    [text for text in bad_requests.BAD_AMOUNTS.values() if text != "null"],
    ids=[name for name in bad_requests.BAD_AMOUNTS if name != "null"],
)
def test_amounts_are_integers_of_64_bits(player: Player, text: str) -> None:
    for field, value in (
        ("rollbackBet", text),
        ("bets", f"[{text}]"),
        ("bets", f"[1, {text}, 1]"),
        ("wins", f"[{text}]"),
        ("bets", text),
        ("wins", text),
    ):
        if field != "rollbackBet" and value == "[100]":
            continue  # a list of an amount is what these take
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


@pytest.mark.parametrize("size_bytes", [LARGEST_BODY_BYTES + 1, 1_000_000])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_body_over_64_kib_is_too_large(player: Player, endpoint: str, size_bytes: int) -> None:
    with nothing_written():
        assert refused(send(endpoint, padded(player.fields, size_bytes)), 413, "REQUEST_TOO_LARGE")


def test_a_body_of_64_kib_exactly_is_not_too_large(player: Player) -> None:
    with player.provider_that(says(LAUNCHED)):
        assert send("launchGame", padded(player.fields, LARGEST_BODY_BYTES)).status == 200
