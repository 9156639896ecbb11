"""Receivers that are silent, slow or not there: the call ends in time and says what it knows."""

import contextlib
import socket
import time
from collections.abc import Iterator

import pytest

from config.wire.client import (
    TimedOut,
    Unreachable,
)
from tests.wire.loopback import receiver, silence
from tests.wire.test_client import send


def test_a_receiver_that_says_nothing_is_waited_for_only_so_long() -> None:
    with receiver(silence) as there:
        started = time.perf_counter()
        with pytest.raises(TimedOut) as fault:
            send(there.url, read_timeout_seconds=0.2)

    assert 0.2 <= time.perf_counter() - started < 3
    assert 200 <= fault.value.duration_ms < 3_000
    assert fault.value.may_have_arrived


_CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("beginning", "piece"),
    [
        (b"HTTP/1.1 200 OK", b"K"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", b" "),
        (b"HTTP/1.1 200 OK\r\n\r\n", b" "),
        (_CHUNKED, b"1\r\n \r\n"),
        (_CHUNKED + b"2;", b"x"),
        (_CHUNKED + b"2\r\n{}\r\n0\r\n", b"X-Last: x\r\n"),
    ],
    ids=[
        "in the status line",
        "in interim answers",
        "in early hints",
        "in a header",
        "in the body",
        "in a body without length",
        "in chunks",
        "in the size of a chunk",
        "after the last chunk",
    ],
)
def test_a_receiver_that_says_little_at_a_time_is_waited_for_only_so_long(
    beginning: bytes, piece: bytes
) -> None:
    def trickle(connection: socket.socket) -> None:
        connection.sendall(beginning)
        for _ in range(100):
            connection.sendall(piece)
            time.sleep(0.05)

    with receiver(trickle) as there:
        started = time.perf_counter()
        with pytest.raises(TimedOut) as fault:
            send(there.url, read_timeout_seconds=0.3)

    assert time.perf_counter() - started < 3
    assert fault.value.may_have_arrived


def test_a_receiver_that_stops_within_the_body_times_out() -> None:
    def stall(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
        silence(connection)

    with receiver(stall) as there, pytest.raises(TimedOut) as fault:
        send(there.url, read_timeout_seconds=0.2)

    assert fault.value.may_have_arrived


def test_a_refused_connection_carried_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(Unreachable) as fault:
        send(f"http://127.0.0.1:{port}/")

    assert not fault.value.may_have_arrived


@contextlib.contextmanager
def a_full_backlog() -> Iterator[str]:
    """An address that accepts no more connections, and does not say so either."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        time.sleep(0.05)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"


def test_a_connection_that_is_not_made_in_time_carried_nothing() -> None:
    with a_full_backlog() as url, pytest.raises(TimedOut) as fault:
        send(url, connect_timeout_seconds=0.2)

    assert not fault.value.may_have_arrived
    assert 200 <= fault.value.duration_ms < 3_000


def test_a_name_that_does_not_resolve_carried_nothing() -> None:
    with pytest.raises(Unreachable) as fault:
        send("http://nowhere.invalid/")

    assert not fault.value.may_have_arrived


@pytest.mark.parametrize("url", ["http://", "ftp://127.0.0.1/", "nonsense", "http://[::1"])
def test_an_address_that_is_none_is_unreachable(url: str) -> None:
    with pytest.raises(Unreachable):
        send(url)
