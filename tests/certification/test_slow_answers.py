"""The kit waits for a whole answer only for so long, and takes nothing less for it."""

import socket
import time

import pytest

from scripts.certification.outcomes import Outcome
from scripts.certification.profiles.requests import Header, Request
from scripts.certification.wire import Wire
from tests.wire.loopback import receiver, says, says_raw

_CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def asked(url: str) -> Request:
    return Request("POST", url, (Header("X-Asked", "1"),), b"{}")


@pytest.mark.parametrize(
    ("beginning", "piece"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", b" "),
        (_CHUNKED, b"1\r\n \r\n"),
        (_CHUNKED + b"0\r\n", b"X-Last: x\r\n"),
    ],
    ids=["interim answers", "early hints", "a header", "the body", "chunks", "after the chunks"],
)
def test_an_answer_that_trickles_is_no_answer_in_time(beginning: bytes, piece: bytes) -> None:
    def trickle(connection: socket.socket) -> None:
        connection.sendall(beginning)
        for _ in range(100):
            connection.sendall(piece)
            time.sleep(0.05)

    wire = Wire(timeout_seconds=0.3)
    with receiver(trickle) as there:
        began = time.perf_counter()
        answer = wire.send(asked(there.url)).answer

    assert answer.outcome == Outcome.SILENT
    assert time.perf_counter() - began < 3
    wire.close()


def test_interim_answers_are_not_the_answer() -> None:
    def answer(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
        time.sleep(0.05)
        says("200 OK", b"{}")(connection)

    wire = Wire(timeout_seconds=5)
    with receiver(answer) as there:
        exchanges = [wire.send(asked(there.url)) for _ in range(2)]

    assert [(each.answer.status, each.answer.body) for each in exchanges] == [(200, b"{}")] * 2
    assert [each.connection for each in exchanges] == [1, 1]
    wire.close()


def test_an_answer_that_ends_before_its_length_is_cut_off() -> None:
    """Clients of other makers refuse it, although the part that came may be JSON by itself."""
    wire = Wire(timeout_seconds=5)
    with receiver(says_raw(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{}")) as there:
        answer = wire.send(asked(there.url)).answer

    assert (answer.status, answer.outcome) == (None, Outcome.CUT)
    assert "2 bytes read, 10 more expected" in answer.fault
    wire.close()


@pytest.mark.parametrize("lose", ["", "answer", "request"])
def test_a_request_that_nobody_reads_is_no_answer_in_time(lose: str) -> None:
    wire = Wire(timeout_seconds=0.2)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        exchange = wire.send(Request("POST", url, (), b" " * 50_000_000), lose=lose)

    assert exchange.answer.status is None
    assert exchange.answer.outcome == (Outcome.CUT if lose else Outcome.SILENT)
    wire.close()


def test_a_server_that_closes_every_connection_loses_no_answer() -> None:
    """It may do so without having said it."""

    def answer(connection: socket.socket) -> None:
        says("200 OK", b"{}")(connection)
        time.sleep(0.001)
        connection.shutdown(socket.SHUT_RDWR)

    wire = Wire(timeout_seconds=5)
    with receiver(answer) as there:
        statuses = {wire.send(asked(there.url)).answer.status for _ in range(50)}

    assert statuses == {200}
    wire.close()
