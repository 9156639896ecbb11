"""A thread stays a moment with a client that sends its requests quickly, and holds nobody up."""

import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from config.http_server import answering, loop
from config.http_server.pool import Pool
from config.http_server.wsgi import Environment
from tests.http_server.conftest import Serve, body_of, read_to_the_end, status_of

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
LONG_SECONDS = 3.0


@pytest.fixture(autouse=True)
def lingers_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make it linger so long that even a slow machine is quick enough."""
    for module in (answering, loop):
        monkeypatch.setattr(module, "LINGER_SECONDS", LONG_SECONDS)


@pytest.fixture
def handed_over(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The work that the pools were given."""
    given: list[object] = []
    submit = Pool.submit

    def note(pool: Pool[Any], work: Any) -> None:
        given.append(work)
        submit(pool, work)

    monkeypatch.setattr(Pool, "submit", note)
    return given


def answer_to(client: socket.socket, request: bytes) -> bytes:
    client.sendall(request)
    return an_answer(client)


def an_answer(client: socket.socket) -> bytes:
    said = b""
    while b"\r\n\r\n" not in said:
        more = client.recv(65_536)
        assert more, said
        said += more
    head, _, body = said.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += client.recv(65_536)
    return head + b"\r\n\r\n" + body


def quick(client: socket.socket) -> socket.socket:
    """The client has sent two requests, so a thread waits for its third."""
    for _ in range(2):
        assert status_of(answer_to(client, GET)) == 200
    return client


def test_the_third_quick_request_needs_no_hand_over(
    serve: Serve, handed_over: list[object]
) -> None:
    with quick(serve().connect()) as client:
        for _ in range(8):
            assert status_of(answer_to(client, GET)) == 200
    assert len(handed_over) == 2


def test_a_request_in_pieces_is_answered(serve: Serve) -> None:
    with quick(serve().connect()) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nab")
        time.sleep(0.05)
        client.sendall(b"cd")
        assert body_of(an_answer(client))["body"] == "abcd"
        assert status_of(answer_to(client, GET)) == 200


def test_a_client_that_waits_for_continue_gets_it(serve: Serve) -> None:
    with quick(serve().connect()) as client:
        client.sendall(
            b"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
        )
        assert client.recv(1_000).startswith(b"HTTP/1.1 100 ")
        assert body_of(answer_to(client, b"hi"))["body"] == "hi"


def test_what_is_no_request_is_refused_and_the_connection_ends(serve: Serve) -> None:
    with quick(serve().connect()) as client:
        client.sendall(b"\x01\x02\r\n\r\n")
        assert status_of(read_to_the_end(client)) in (400, 405)


def test_pipelined_requests_are_all_answered(serve: Serve) -> None:
    with quick(serve().connect()) as client:
        client.sendall(GET * 3 + GET.replace(b"Host", b"Connection: close\r\nHost"))
        assert read_to_the_end(client).count(b"HTTP/1.1 200") == 4


def test_a_client_that_hangs_up_is_let_go(serve: Serve) -> None:
    served = serve()
    quick(served.connect()).close()
    deadline = time.monotonic() + 5
    while served.loop.open_connections and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not served.loop.open_connections


def test_a_quiet_client_goes_back_to_the_loop(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = serve(idle_seconds=0.6)
    with quick(served.connect()) as client:
        monkeypatch.setattr(answering, "LINGER_SECONDS", 0.01)
        assert status_of(answer_to(client, GET)) == 200
        time.sleep(0.2)
        assert status_of(answer_to(client, GET)) == 200
        assert read_to_the_end(client) == b""  # closed like any idle connection


def test_other_paths_keep_their_own_threads(serve: Serve) -> None:
    def name_thread(environ: Environment, start_response: Callable[..., Any]) -> list[bytes]:
        start_response("200 OK", [])
        return [threading.current_thread().name.encode()]

    with quick(serve(name_thread, express={"/health": 1}).connect()) as client:
        at_health = answer_to(client, GET.replace(b" / ", b" /health "))
        assert at_health.endswith(b"express/health-1")
        assert b"request-" in answer_to(client, GET)


def test_the_last_thread_does_not_linger(serve: Serve) -> None:
    served = serve(threads=1)
    with quick(served.connect()) as client, served.connect() as other:
        assert status_of(answer_to(client, GET)) == 200
        began = time.monotonic()
        assert status_of(answer_to(other, GET)) == 200
        assert time.monotonic() - began < LONG_SECONDS / 2
