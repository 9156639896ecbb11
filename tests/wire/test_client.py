"""The signed POST over real connections: what arrives, and what does and does not come back."""

import gzip
import itertools
import json
import socket
import threading
import time
from typing import Any

import pytest
from django.db import connection, transaction

from config.wire.client import (
    LARGEST_REPLY_BYTES,
    HoldsTransaction,
    NoReply,
    Reply,
    Unreachable,
    post_signed,
)
from config.wire.request_id import bind_request_id
from tests.signatures import verify
from tests.wire.loopback import Answer, receiver, says, says_raw

SECRETS = (b"new-secret", b"old-secret")
JSON_TYPE = "Content-Type: application/json"


def send(url: str, payload: dict[str, Any] | None = None, **options: Any) -> Reply:
    options.setdefault("read_timeout_seconds", 0.5)
    return post_signed(
        url,
        payload or {"amount": 1},
        secrets=SECRETS,
        signature_header="x-some-signature",
        **options,
    )


def test_it_signs_the_very_bytes_it_sends() -> None:
    payload = {"name": "Пётр 😀", "amount": 2**63 - 1, "list": [1, None]}
    with receiver(says("200 OK", b"{}")) as there:
        send(there.url, payload, headers={"x-provider-code": "p-1"})

    assert json.loads(there.body) == payload
    assert there.head["content-type"] == "application/json"
    assert there.head["x-provider-code"] == "p-1"
    assert verify(SECRETS[:1], there.body, there.head["x-some-signature"])
    assert not verify(SECRETS[1:], there.body, there.head["x-some-signature"])


def test_it_passes_the_request_id_on() -> None:
    bind_request_id("request-7")
    with receiver(says("200 OK", b"{}")) as there:
        send(there.url)

    assert there.head["x-request-id"] == "request-7"


@pytest.mark.parametrize(
    "status", ["200 OK", "409 Conflict", "500 Internal Server Error", "503 Service Unavailable"]
)
def test_an_answer_is_a_reply_whatever_its_status(status: str) -> None:
    with receiver(says(status, b'{"code":"X"}', JSON_TYPE, "Retry-After: 1")) as there:
        reply = send(there.url)

    assert (reply.status, reply.body) == (int(status[:3]), {"code": "X"})
    assert reply.headers["retry-after"] == "1"
    assert 0 < reply.duration_ms < 500


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with receiver(says("307 Temporary Redirect", b"", "Location: /elsewhere")) as there:
        reply = send(there.url)

    assert (reply.status, reply.body, len(there.requests)) == (307, None, 1)


@pytest.mark.parametrize("address", [b"http://[::1", b"http://\xff\xfe/", b"", b"\x00"])
def test_the_address_of_a_redirect_is_not_even_read(address: bytes) -> None:
    answer = b"HTTP/1.1 302 Found\r\nLocation: " + address + b"\r\nContent-Length: 2\r\n\r\n{}"
    with receiver(says_raw(answer)) as there:
        reply = send(there.url)

    assert (reply.status, reply.body, len(there.requests)) == (302, {}, 1)


def test_cookies_are_not_sent_back() -> None:
    with receiver(says("200 OK", b"{}", "Set-Cookie: a=b")) as there:
        send(there.url)
        send(there.url)

    assert b"cookie" not in there.requests[1].lower()


@pytest.mark.parametrize("interim", ["100 Continue", "102 Processing", "103 Early Hints"])
def test_interim_answers_are_not_the_answer(interim: str) -> None:
    """If one were, every later request on the connection would get the answer to the one before."""
    calls = itertools.count(1)

    def answer(connection: socket.socket) -> None:
        connection.sendall(f"HTTP/1.1 {interim}\r\nLink: </a>\r\n\r\n".encode())
        time.sleep(0.05)
        says("200 OK", b'{"call":%d}' % next(calls))(connection)

    with receiver(answer) as there:
        replies = [send(there.url), send(there.url)]

    assert [(reply.status, reply.body) for reply in replies] == [
        (200, {"call": 1}),
        (200, {"call": 2}),
    ]
    assert there.connections == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Bad gateway</html>",
        b"[]",
        b'"text"',
        b"null",
        b'{"a":',
        b'{"a":NaN}',
        b"\xff\xfe{}",
        b'{"a":"\xff"}',
        b"[" * 200_000,
        b'{"a":' * 100_000,
    ],
    ids=lambda body: repr(body[:12]),
)
def test_an_answer_that_is_no_json_object_has_no_body(body: bytes) -> None:
    with receiver(says("200 OK", body, JSON_TYPE)) as there:
        assert send(there.url).body is None


def test_a_compressed_answer_is_read() -> None:
    packed = gzip.compress(b'{"status":"success"}')
    with receiver(says("200 OK", packed, JSON_TYPE, "Content-Encoding: gzip")) as there:
        assert send(there.url).body == {"status": "success"}


def test_one_connection_serves_many_calls() -> None:
    with receiver(says("200 OK", b"{}")) as there:
        for _ in range(5):
            send(there.url)

    assert (len(there.requests), there.connections) == (5, 1)


# ---- huge answers -------------------------------------------------------------------------------
def test_an_answer_of_the_largest_size_is_read_and_one_byte_more_is_not() -> None:
    largest = b'{"a":"' + b"x" * (LARGEST_REPLY_BYTES - 8) + b'"}'
    with receiver(says("200 OK", largest)) as there:
        reply = send(there.url)
    assert reply.body is not None

    with receiver(says("200 OK", largest + b" ")) as there:
        assert send(there.url).body is None


def test_an_endless_answer_is_not_read_to_its_end() -> None:
    sent = 0

    def flood(connection: socket.socket) -> None:
        nonlocal sent
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while sent < 100 * LARGEST_REPLY_BYTES:
            sent += connection.send(b" " * 65_536)

    with receiver(flood) as there:
        reply = send(there.url)

    assert (reply.status, reply.body) == (200, None)
    assert sent < 10 * LARGEST_REPLY_BYTES


def test_a_compressed_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(b" " * (100 * LARGEST_REPLY_BYTES))
    with receiver(says("200 OK", bomb, "Content-Encoding: gzip")) as there:
        started = time.perf_counter()
        reply = send(there.url, read_timeout_seconds=5.0)

    assert reply.body is None
    assert time.perf_counter() - started < 3


# ---- no answer ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "answer",
    [
        says_raw(b""),
        says_raw(b"HTTP/1"),
        says_raw(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n"),
        says_raw(b'HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{"status":'),
        says_raw(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n{"status":'),
        says_raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        says_raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"),
        says_raw(b"SSH-2.0-OpenSSH\r\n"),
    ],
    ids=[
        "at once",
        "within the status line",
        "before the body",
        "within the body",
        "within a chunk",
        "no chunk",
        "not what it says",
        "another protocol",
    ],
)
def test_a_cut_or_garbled_answer_leaves_open_whether_the_request_was_acted_on(
    answer: Answer,
) -> None:
    with receiver(answer) as there, pytest.raises(Unreachable) as fault:
        send(there.url)

    assert fault.value.may_have_arrived


def test_what_went_wrong_names_the_address_and_no_secret() -> None:
    with receiver(says_raw(b"")) as there, pytest.raises(NoReply) as fault:
        send(there.url)

    assert there.url in str(fault.value)
    assert "secret" not in str(fault.value)


# ---- the database meanwhile ---------------------------------------------------------------------
def test_nothing_is_sent_while_a_transaction_is_open() -> None:
    answering = receiver(says("200 OK", b"{}"))
    with answering as there, transaction.atomic(), pytest.raises(HoldsTransaction):
        send(there.url)

    assert there.requests == []


def test_no_database_connection_is_held_while_it_waits() -> None:
    connection.ensure_connection()
    held: list[bool] = []
    me = connection

    def look(client: socket.socket) -> None:
        held.append(me.connection is not None)
        says("200 OK", b"{}")(client)

    with receiver(look) as there:
        send(there.url)

    assert held == [False]


def test_threads_do_not_share_connections() -> None:
    barrier = threading.Barrier(3)

    def call(url: str) -> None:
        barrier.wait()
        send(url)

    with receiver(says("200 OK", b"{}")) as there:
        threads = [threading.Thread(target=call, args=(there.url,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert (len(there.requests), there.connections) == (3, 3)
