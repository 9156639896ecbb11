"""Headers that carry keys or conditions, as they arrive at the real server."""

import json

import pytest

from tests.api.wallets.holder import Holder, make_holder
from tests.casino_world import Play, nothing_written
from tests.factories import unique
from tests.servers import Server
from tests.wire.test_over_real_http import answer_to, code_of, request_bytes, with_length


@pytest.fixture
def alice() -> Holder:
    return make_holder()


def add_funds(server: Server, holder: Holder, *headers: bytes) -> tuple[int, bytes]:
    body = json.dumps({"asset_code": holder.asset_code, "amount": 100}).encode()
    lines = [
        f"POST {holder.path('add-funds')} HTTP/1.1".encode(),
        b"Host: localhost",
        b"Connection: close",
        b"Content-Type: application/json",
        f"Content-Length: {len(body)}".encode(),
        *headers,
        b"",
        body,
    ]
    return answer_to(server, b"\r\n".join(lines))


KEY = b"Idempotency-Key: "
UNREADABLE = {
    "the same twice": [KEY + b"k", KEY + b"k"],
    "two": [KEY + b"k", KEY + b"l"],
    "quoted twice": [KEY + b'"k"', KEY + b'"k"'],
    "in two spellings": [KEY + b"k", b"idempotency-key: k"],
    "and an empty one": [KEY + b"k", KEY],
    "after an empty one": [KEY, KEY + b"k"],
    "and one that is not ASCII": [KEY + b"k", KEY + b"\xe9"],
    "empty": [KEY],
    "blank": [KEY + b"   "],
    "Latin-1": [KEY + b"caf\xe9"],
    "UTF-8": [KEY + b"caf\xc3\xa9"],
    "joined by a proxy": [KEY + b"k, k"],
}


@pytest.mark.parametrize("headers", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_key_that_cannot_be_read_moves_nothing(
    alice: Holder, server: Server, headers: list[bytes]
) -> None:
    with nothing_written():
        status, said = add_funds(server, alice, *headers)

    error = json.loads(said)["error"]
    assert (status, error["code"]) == (400, "VALIDATION_ERROR")
    assert list(error["details"]) == ["Idempotency-Key"]


def test_a_key_in_quotes_is_the_same_key(alice: Holder, server: Server) -> None:
    key = unique("key").encode()
    answers = [add_funds(server, alice, KEY + each) for each in (key, b'"' + key + b'"')]

    assert [status for status, _ in answers] == [200, 200]
    assert answers[0] == answers[1]
    assert alice.balance == 1_100


TAG = b"If-Match: "


BAD_CONDITIONS = [
    [TAG],
    [TAG + b"  "],
    [TAG + b'"\xe9"'],
    [TAG + b"\xc3\xa9"],
    [TAG + b'"1"', TAG + b'"1"'],
    [TAG + b'"7"', TAG + b"*"],
    [TAG + b'"1"', TAG],
]


@pytest.mark.parametrize("headers", BAD_CONDITIONS, ids=repr)
def test_a_condition_that_cannot_be_read_is_not_left_out(
    alice: Holder, server: Server, headers: list[bytes]
) -> None:
    with nothing_written():
        status, said = add_funds(server, alice, KEY + unique("key").encode(), *headers)

    error = json.loads(said)["error"]
    assert (status, error["code"]) == (400, "VALIDATION_ERROR")
    assert list(error["details"]) == ["If-Match"]


@pytest.mark.parametrize(
    "headers", [[b"Authorization:"], [b"Authorization: Bearer \xff"]], ids=repr
)
def test_an_api_key_that_cannot_be_read_is_not_left_out(
    alice: Holder, server: Server, headers: list[bytes]
) -> None:
    with nothing_written():
        status, said = add_funds(server, alice, KEY + unique("key").encode(), *headers)

    assert (status, json.loads(said)["error"]["code"]) == (401, "UNAUTHORIZED")


@pytest.mark.parametrize("one", [b"Bearer ck_a", b""])
def test_two_api_keys_are_none(alice: Holder, server: Server, one: bytes) -> None:
    headers = [b"Authorization: " + one, b"Authorization: Bearer ck_b"]
    with nothing_written():
        status, said = add_funds(server, alice, KEY + unique("key").encode(), *headers)

    assert (status, json.loads(said)["error"]["code"]) == (401, "UNAUTHORIZED")


def test_a_name_with_underscores_is_another_one(alice: Holder, server: Server) -> None:
    """WSGI has the same name for both; a proxy that checks the real header would miss this one."""
    key = unique("key").encode()
    with nothing_written():
        status, said = add_funds(server, alice, b"Idempotency_Key: " + key)
    assert (status, json.loads(said)["error"]["details"]) == (
        400,
        {"Idempotency-Key": ["is required"]},
    )

    first = add_funds(server, alice, KEY + key, b"Idempotency_Key: another", b'If_Match: "99"')
    assert first[0] == 200
    assert add_funds(server, alice, KEY + key) == first
    assert alice.balance == 1_100


def test_a_signature_is_not_taken_from_a_name_with_underscores(play: Play, server: Server) -> None:
    body = json.dumps(play.movement(100)).encode()
    underscored = {
        name.replace("-", "_"): value
        for name, value in with_length(play, body).items()
        if name.startswith("x-")
    }
    headers = {"Content-Length": str(len(body)), **underscored}
    with nothing_written():
        status, said = answer_to(server, request_bytes(headers, body))

    assert (status, code_of(said)) == (401, "INVALID_SIGNATURE")
