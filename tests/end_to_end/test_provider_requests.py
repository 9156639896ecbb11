"""What /provider/launch and /provider/simulate refuse, over real HTTP; nothing is written."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest

from config.wire.signing import CASINO_SIGNATURE, PROVIDER_SIGNATURE, sign
from tests.casino_world import Answer
from tests.end_to_end.two_services import TwoServices
from tests.factories import unique
from tests.wire.bad_requests import LARGEST_BODY_BYTES, padded, with_json

ENDPOINTS = ("launch", "simulate")
SECRET = b"provider-secret-of-both"

EVERYTHING = """
SELECT (SELECT count(*) FROM provider_sessions), (SELECT count(*) FROM provider_customers),
    (SELECT count(*) FROM provider_bets), (SELECT count(*) FROM provider_game_rounds)
"""


def good_fields(endpoint: str) -> dict[str, Any]:
    return {
        "launch": {
            "casinoCode": "demo-casino",
            "sessionToken": unique("token"),
            "playerId": unique("player"),
            "gameId": "lucky-sevens",
            "currency": "EUR",
        },
        "simulate": {
            "providerSessionId": unique("ps"),
            "sessionToken": unique("token"),
            "playerId": unique("player"),
        },
    }[endpoint]


@contextlib.contextmanager
def nothing_written(services: TwoServices) -> Iterator[None]:
    before = services.provider.rows(EVERYTHING)
    yield
    assert services.provider.rows(EVERYTHING) == before


def send(
    services: TwoServices, endpoint: str, body: bytes, headers: dict[str, str] | None = None
) -> Answer:
    """Sign as the casino does, unless other headers are given."""
    if headers is None:
        headers = {PROVIDER_SIGNATURE: sign((SECRET,), body)}
    assert services.provider.server is not None
    return services.provider.server.post(f"/provider/{endpoint}", body, headers)


def told(answer: Answer) -> tuple[int, str | None]:
    assert answer.body["status"] == "error"
    assert answer.body["message"]
    return answer.status, answer.code


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_without_its_signature_nothing_is_believed(services: TwoServices, endpoint: str) -> None:
    body = json.dumps(good_fields(endpoint)).encode()
    right = sign((SECRET,), body)
    with nothing_written(services):
        for headers in (
            {},
            {PROVIDER_SIGNATURE: ""},
            {PROVIDER_SIGNATURE: right.upper()},
            {PROVIDER_SIGNATURE: right[:-1]},
            {PROVIDER_SIGNATURE: "\u00ff" * 64},
            {PROVIDER_SIGNATURE: sign((b"wrong",), body)},
            {PROVIDER_SIGNATURE: sign((b"casino-secret-of-both",), body)},
            {CASINO_SIGNATURE: right},
        ):
            assert told(send(services, endpoint, body, headers)) == (401, "INVALID_SIGNATURE")


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_body_that_is_no_json_object_is_refused(services: TwoServices, endpoint: str) -> None:
    with nothing_written(services):
        for body in (b'{"amount": 1', b"[]"):
            assert told(send(services, endpoint, body)) == (400, "INVALID_REQUEST")
            assert told(send(services, endpoint, body, {})) == (401, "INVALID_SIGNATURE")


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_identifiers_are_visible_characters(services: TwoServices, endpoint: str) -> None:
    with nothing_written(services):
        for text in ("7", '""', '"a b"', f'"{"x" * 129}"'):
            for field in good_fields(endpoint):
                answer = send(services, endpoint, with_json(good_fields(endpoint), field, text))
                assert told(answer) == (400, "INVALID_REQUEST")
                assert field in answer.body["errors"]


def test_amounts_are_integers_of_64_bits(services: TwoServices) -> None:
    with nothing_written(services):
        for text in ("1.0", "-1", "9223372036854775808", "true"):
            for field, value in (
                ("rollbackBet", text),
                ("bets", f"[{text}]"),
                ("wins", f"[{text}]"),
            ):
                body = with_json(good_fields("simulate"), field, value)
                answer = send(services, "simulate", body)
                assert told(answer) == (400, "INVALID_REQUEST")
                assert list(answer.body["errors"]) == [field]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_body_over_64_kib_is_too_large(services: TwoServices, endpoint: str) -> None:
    with nothing_written(services):
        for size_bytes in (LARGEST_BODY_BYTES + 1, 1_000_000):
            body = padded(good_fields(endpoint), size_bytes)
            assert told(send(services, endpoint, body)) == (413, "REQUEST_TOO_LARGE")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_it_takes_nothing_but_post(services: TwoServices, endpoint: str, method: str) -> None:
    body = json.dumps(good_fields(endpoint)).encode()
    headers = {PROVIDER_SIGNATURE: sign((SECRET,), body), "Content-Type": "application/json"}
    assert services.provider.server is not None
    with nothing_written(services):
        answer = services.provider.server.request(method, f"/provider/{endpoint}", body, headers)

    assert told(answer) == (405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_it_takes_nothing_but_json(services: TwoServices, endpoint: str, content_type: str) -> None:
    body = json.dumps(good_fields(endpoint)).encode()
    headers = {PROVIDER_SIGNATURE: sign((SECRET,), body), "Content-Type": content_type}
    with nothing_written(services):
        assert told(send(services, endpoint, body, headers)) == (415, "UNSUPPORTED_MEDIA_TYPE")


# ---- what was launched --------------------------------------------------------------------------
@pytest.fixture
def launched(services: TwoServices) -> dict[str, Any]:
    """What simulate needs to know about a session that the casino launched."""
    choice = {"playerId": "player-009", "gameId": "lucky-sevens", "currency": "EUR"}
    answer = services.post("launchGame", choice)
    assert answer.status == 200
    return {name: answer.body[name] for name in ("providerSessionId", "sessionToken", "playerId")}


def test_an_unknown_session_is_not_found(services: TwoServices, launched: dict[str, Any]) -> None:
    body = json.dumps({**launched, "providerSessionId": unique("ps")}).encode()
    with nothing_written(services):
        assert told(send(services, "simulate", body)) == (404, "SESSION_NOT_FOUND")


@pytest.mark.parametrize("field", ["sessionToken", "playerId"])
def test_session_and_player_must_be_those_that_were_launched(
    services: TwoServices, launched: dict[str, Any], field: str
) -> None:
    body = json.dumps({**launched, field: unique("other")}).encode()
    with nothing_written(services):
        answer = send(services, "simulate", body)

    assert answer.status in (404, 409)
    assert services.balance("player-009") == 100_000


def test_what_was_launched_can_be_played_by_the_casino_alone(
    services: TwoServices, launched: dict[str, Any]
) -> None:
    body = json.dumps({**launched, "bets": [500], "wins": [500]}).encode()
    assert told(send(services, "simulate", body, {})) == (401, "INVALID_SIGNATURE")

    answer = send(services, "simulate", body)

    assert (answer.status, answer.body["outcome"], answer.body["consistent"]) == (
        200,
        "completed",
        True,
    )
    assert services.balance("player-009") == 100_000
