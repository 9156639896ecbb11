"""Any number of slow and idle clients holds up nobody else, and they have a deadline."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.casino_world import Play, nothing_written
from tests.http_server.conftest import read_to_the_end
from tests.races.locks import held as locked
from tests.servers import Server, serving
from tests.wire.test_over_real_http import code_of, request_bytes, with_length

CLIENTS_OF_EACH_KIND = 75


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


def test_they_are_told_to_go_and_everybody_else_is_served(play: Play, impatient: Server) -> None:
    kinds = [b"", slow_head(), slow_body(), slow_chunks()] * CLIENTS_OF_EACH_KIND
    with ExitStack() as held:
        slow = [held.enter_context(impatient.connect()) for _ in kinds]
        for client, sent in zip(slow, kinds, strict=True):
            client.sendall(sent)
        began = time.monotonic()
        for path in ("/health/live", "/health/ready", "/health", "/api/v1/health") * 3:
            assert impatient.request("GET", path).status == 200
        body = json.dumps(play.movement(100)).encode()
        assert impatient.post("/casino/debit", body, play.headers(body)).status == 200
        assert time.monotonic() - began < 2.5, "they were not served before the slow ones had to go"
        for client in slow:
            said = read_to_the_end(client)
            assert said.startswith(b"HTTP/1.1 408 ")
            assert code_of(said.partition(b"\r\n\r\n")[2]) == "REQUEST_TIMEOUT"


IN_ITS_OWN_WORDS: dict[str, dict[str, Any]] = {
    "/casino/debit": {"status": "error", "code": "REQUEST_TIMEOUT"},
    "/event": {"status": "rejected"},
    "/api/v1/wallets/topup": {"error": {"code": "REQUEST_TIMEOUT"}},
    "/api/v1/wallets/user/add-funds": {"error": {"code": "REQUEST_TIMEOUT"}},
}


def test_each_family_says_it_in_its_own_words(impatient: Server) -> None:
    headers = {"Content-Length": "100", "Idempotency-Key": "k"}
    with ExitStack() as held, nothing_written():
        clients = {path: held.enter_context(impatient.connect()) for path in IN_ITS_OWN_WORDS}
        for path, client in clients.items():
            client.sendall(request_bytes(headers, b"{", f"POST {path} HTTP/1.1"))
        answers = {path: read_to_the_end(client) for path, client in clients.items()}
    for path, said in IN_ITS_OWN_WORDS.items():
        head, _, body = answers[path].partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 408 "), path
        told = json.loads(body)
        for key, value in said.items():
            assert told[key] == value or value.items() <= told[key].items(), path


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
