"""Slow and idle clients, however many, stop nobody else, and have a deadline."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.casino_world import Play, nothing_written
from tests.races.locks import held as locked
from tests.servers import Server, serving
from tests.wire.test_over_real_http import code_of, request_bytes, with_length

CLIENTS = 300


@pytest.fixture(scope="module")
def impatient(database: None) -> Iterator[Server]:
    with serving(REQUEST_TIMEOUT_MS="2500", BLOCKING_THREADS="4") as server:
        yield server


def slow_head() -> bytes:
    return b"POST /casino/debit HTTP/1.1\r\nHost: localhost\r\nX-Slow: "


def slow_body() -> bytes:
    return request_bytes({"Content-Length": "100"}, b"{")


def slow_chunks() -> bytes:
    return request_bytes({"Transfer-Encoding": "chunked"}, b"5\r\n{")


@pytest.mark.parametrize("sent", [b"", slow_head(), slow_body(), slow_chunks()], ids=range(4))
def test_they_are_told_to_go_and_everybody_else_is_served(
    play: Play, impatient: Server, sent: bytes
) -> None:
    with ExitStack() as held:
        slow = [held.enter_context(impatient.connect()) for _ in range(CLIENTS)]
        for client in slow:
            client.sendall(sent)
        began = time.monotonic()
        for path in ("/health/live", "/health/ready", "/health", "/api/v1/health") * 3:
            assert impatient.request("GET", path).status == 200
        body = json.dumps(play.movement(100)).encode()
        assert impatient.post("/casino/debit", body, play.headers(body)).status == 200
        assert time.monotonic() - began < 2.5, "they were not served before the slow ones had to go"
        for client in slow:
            said = b""
            while more := client.recv(65_536):
                said += more
            assert said.startswith(b"HTTP/1.1 408 ")
            assert code_of(said.partition(b"\r\n\r\n")[2]) == "REQUEST_TIMEOUT"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/casino/debit", {"status": "error", "code": "REQUEST_TIMEOUT"}),
        ("/event", {"status": "rejected"}),
        ("/api/v1/wallets/topup", {"error": {"code": "REQUEST_TIMEOUT"}}),
        ("/api/v1/wallets/user/add-funds", {"error": {"code": "REQUEST_TIMEOUT"}}),
    ],
)
def test_each_family_says_it_in_its_own_words(
    impatient: Server, path: str, said: dict[str, object]
) -> None:
    with impatient.connect() as client, nothing_written():
        headers = {"Content-Length": "100", "Idempotency-Key": "k"}
        client.sendall(request_bytes(headers, b"{", f"POST {path} HTTP/1.1"))
        answer = b""
        while more := client.recv(65_536):
            answer += more
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 ")
    told = json.loads(body)
    for key, value in said.items():
        assert told[key] == value or value.items() <= told[key].items()  # type: ignore[attr-defined]


def test_health_answers_while_every_thread_waits_for_a_lock(play: Play) -> None:
    with serving(BLOCKING_THREADS="2", LOCK_TIMEOUT_MS="20000", workers=1) as server:
        with ExitStack() as held, locked(play.wallet_pk):
            waiting = [held.enter_context(server.connect()) for _ in range(8)]
            for client in waiting:
                body = json.dumps(play.movement(100)).encode()
                client.sendall(request_bytes(with_length(play, body), body))
            began = time.monotonic()
            for path in ("/health/live", "/health/ready", "/health", "/api/v1/health"):
                assert server.request("GET", path).status == 200
            assert time.monotonic() - began < 2
        assert server.request("GET", "/health/live").status == 200
