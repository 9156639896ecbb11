"""Connections to a real server are kept and reused, and nonsense does not harm them."""

import json
import socket
from io import BufferedReader

import pytest

from tests.casino_world import Play
from tests.servers import Server
from tests.wire.bad_requests import LARGEST_BODY_BYTES, padded
from tests.wire.test_over_real_http import answer_to, request_bytes, with_length


def test_http_2_is_not_spoken(server: Server) -> None:
    """Its preface is refused like any other bytes; a request to upgrade is ignored."""
    settings = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
    status, _ = answer_to(server, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + settings)
    assert status == 400


@pytest.mark.parametrize("preface", [b"", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"])
def test_a_debit_that_asks_for_http_2_is_an_ordinary_one(
    play: Play, server: Server, preface: bytes
) -> None:
    body = json.dumps(play.movement(100)).encode()
    headers = with_length(play, body) | {
        "Connection": "Upgrade, HTTP2-Settings, close",
        "Upgrade": "h2c",
        "HTTP2-Settings": "AAMAAABkAAQAAP__",
    }
    status, said = answer_to(server, request_bytes(headers, body) + preface)

    assert (status, json.loads(said)["balance"]) == (200, 99_900)


def test_http_1_0_is_served(play: Play, server: Server) -> None:
    body = json.dumps(play.movement(100)).encode()
    data = request_bytes(with_length(play, body), body, "POST /casino/debit HTTP/1.0")

    assert answer_to(server, data)[0] == 200


def read_answer(reader: BufferedReader) -> tuple[int, bytes]:
    """Read one answer on a connection that stays open."""
    status, length = int(reader.readline().split()[1]), 0
    while line := reader.readline().strip().lower():
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    return status, reader.read(length)


def test_many_requests_share_one_connection(play: Play, server: Server) -> None:
    with server.connect() as connection:
        reader = connection.makefile("rb")
        for number in range(1, 4):
            body = json.dumps(play.movement(100)).encode()
            headers = with_length(play, body) | {"Connection": "keep-alive"}
            connection.sendall(request_bytes(headers, body))
            status, said = read_answer(reader)
            assert (status, json.loads(said)["balance"]) == (200, 100_000 - 100 * number)


@pytest.mark.parametrize("size_bytes", [LARGEST_BODY_BYTES + 1, 1_000_000, 5_000_000])
def test_a_body_that_is_too_large_leaves_the_connection_fit_for_the_next(
    play: Play, server: Server, size_bytes: int
) -> None:
    """If it were answered while the caller still sends, the caller would see a reset connection."""
    with server.connect() as connection:
        reader = connection.makefile("rb")
        for number in range(1, 6):
            for body, expected in (
                (padded(play.movement(100), size_bytes), 413),
                (json.dumps(play.movement(100)).encode(), 200),
            ):
                headers = with_length(play, body) | {"Connection": "keep-alive"}
                connection.sendall(request_bytes(headers, body))
                assert read_answer(reader)[0] == expected
            assert play.balances == (100_000 - 100 * number, 0)


@pytest.mark.parametrize(
    "data",
    [b"\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b"POST / HTTP/9.9\r\n\r\n"],
    ids=["nothing", "TLS", "half a line", "HTTP of the future"],
)
def test_nonsense_does_not_harm_the_server(server: Server, data: bytes) -> None:
    with server.connect() as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65_536):
            pass

    assert server.post("/casino/debit", b"{}").status == 401
