"""What reaches an endpoint through the real server, down to single bytes."""

import json
import socket

import pytest

from config.wire.signing import CASINO_SIGNATURE
from tests.casino_world import Play, nothing_written
from tests.servers import Server
from tests.wire.bad_requests import BAD_BODIES, LARGEST_BODY_BYTES, BadBody, padded


def request_bytes(
    headers: dict[str, str | bytes],
    body: bytes,
    line: str = "POST /casino/debit HTTP/1.1",
) -> bytes:
    head = {"Host": "localhost", "Connection": "close", "Content-Type": "application/json"}
    lines = [line.encode()] + [
        name.encode() + b": " + (value.encode() if isinstance(value, str) else value)
        for name, value in {**head, **headers}.items()
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def answer_to(server: Server, data: bytes, *, hang_up: bool = False) -> tuple[int, bytes]:
    """Status and body of the server's answer to these bytes; status 0 for no answer."""
    with server.connect() as connection:
        connection.sendall(data)
        if hang_up:
            connection.shutdown(socket.SHUT_WR)
        said = b""
        while more := connection.recv(65_536):
            said += more
    head, _, body = said.partition(b"\r\n\r\n")
    return (int(head.split()[1]) if head else 0), body


def code_of(body: bytes) -> str:
    return str(json.loads(body)["code"])


def chunked(body: bytes, size: int = 10) -> bytes:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def with_length(play: Play, body: bytes) -> dict[str, str | bytes]:
    return {**play.headers(body), "Content-Length": str(len(body))}


def test_a_signed_debit_moves_money(play: Play, server: Server) -> None:
    body = json.dumps(play.movement(100)).encode()

    status, said = answer_to(server, request_bytes(with_length(play, body), body))

    assert (status, json.loads(said)["balance"]) == (200, 99_900)
    assert play.balances == (99_900, 0)


@pytest.mark.parametrize(
    "signature",
    [b"\xff" * 64, b"\xc3\xbf" * 32, "٣".encode() * 32, b"", b" ", b"a" * 8_000],
    ids=["Latin-1", "UTF-8", "digits of another script", "empty", "blank", "long"],
)
def test_a_malformed_signature_is_unsigned(play: Play, server: Server, signature: bytes) -> None:
    body = json.dumps(play.movement(100)).encode()
    headers = with_length(play, body) | {CASINO_SIGNATURE: signature}
    with nothing_written():
        status, said = answer_to(server, request_bytes(headers, body))

    assert (status, code_of(said)) == (401, "INVALID_SIGNATURE")


def test_two_signatures_are_none(play: Play, server: Server) -> None:
    body = json.dumps(play.movement(100)).encode()
    headers = with_length(play, body) | {CASINO_SIGNATURE.upper(): "0" * 64}
    with nothing_written():
        status, said = answer_to(server, request_bytes(headers, body))

    assert (status, code_of(said)) == (401, "INVALID_SIGNATURE")


@pytest.mark.parametrize("name", ["x-provider-code", "x-casino-timestamp", "x-casino-nonce"])
@pytest.mark.parametrize("value", [b"", b"  ", b"\xff", b"caf\xc3\xa9"])
def test_who_signed_is_not_left_out_where_it_cannot_be_read(
    play: Play, server: Server, name: str, value: bytes
) -> None:
    body = json.dumps(play.movement(100)).encode()
    headers = with_length(play, body) | {name: value}
    with nothing_written():
        status, said = answer_to(server, request_bytes(headers, body))

    assert (status, code_of(said)) == (401, "INVALID_SIGNATURE")


def test_a_body_sent_in_chunks_is_read_as_any_other(play: Play, server: Server) -> None:
    """Node.js sends a request in chunks unless it knows the length beforehand."""
    body = json.dumps(play.movement(100)).encode()
    headers = play.headers(body) | {"Transfer-Encoding": "chunked"}

    status, said = answer_to(server, request_bytes(headers, chunked(body)))

    assert (status, json.loads(said)["balance"]) == (200, 99_900)


@pytest.mark.parametrize(
    ("size_bytes", "status"), [(LARGEST_BODY_BYTES, 200), (LARGEST_BODY_BYTES + 1, 413)]
)
def test_the_limit_holds_for_a_body_sent_in_chunks(
    play: Play, server: Server, size_bytes: int, status: int
) -> None:
    body = padded(play.movement(100), size_bytes)
    headers = play.headers(body) | {"Transfer-Encoding": "chunked"}

    said, _ = answer_to(server, request_bytes(headers, chunked(body, 10_000)))

    assert said == status
    assert play.balances == (99_900 if status == 200 else 100_000, 0)


def test_a_body_without_a_length_is_empty(play: Play, server: Server) -> None:
    body = json.dumps(play.movement(100)).encode()
    with nothing_written():
        status, _ = answer_to(server, request_bytes(dict(play.headers(body)), body))

    assert status == 401


@pytest.mark.parametrize("sent", ["all that was signed", "half of it", "nothing"])
def test_a_body_that_breaks_off_before_its_length_moves_nothing(
    play: Play, server: Server, sent: str
) -> None:
    body = json.dumps(play.movement(100)).encode()
    part = {"all that was signed": body, "half of it": body[:50], "nothing": b""}[sent]
    headers = play.headers(part) | {"Content-Length": str(len(body) + 1)}
    with nothing_written():
        status, _ = answer_to(server, request_bytes(headers, part), hang_up=True)

    assert status in (0, 400)


@pytest.mark.parametrize(
    ("framing", "part"),
    [
        ({"Content-Length": "500"}, b""),
        ({"Content-Length": "500"}, b"{}"),
        ({"Transfer-Encoding": "chunked"}, b""),
        ({"Transfer-Encoding": "chunked"}, b"2\r\n{}\r\n"),
        ({"Transfer-Encoding": "chunked"}, b"2\r\n{}\r\nzz\r\n"),
        ({"Transfer-Encoding": "chunked"}, b"2\r\n{}\r\n0\r\n"),
    ],
)
def test_a_simulation_whose_body_breaks_off_is_not_the_default_one(
    server: Server, framing: dict[str, str | bytes], part: bytes
) -> None:
    with nothing_written():
        data = request_bytes(framing, part, "POST /casino/simulateRound HTTP/1.1")
        status, said = answer_to(server, data, hang_up=True)

    assert (status, code_of(said)) == (400, "INVALID_REQUEST")


@pytest.mark.parametrize("ending", ["", "nonsense\r\n", "0\r\n"])
def test_a_body_in_chunks_that_breaks_off_moves_nothing(
    play: Play, server: Server, ending: str
) -> None:
    body = json.dumps(play.movement(100)).encode()
    headers = play.headers(body) | {"Transfer-Encoding": "chunked"}
    sent = chunked(body).removesuffix(b"0\r\n\r\n") + ending.encode()
    with nothing_written():
        status, said = answer_to(server, request_bytes(headers, sent), hang_up=True)

    assert (status, code_of(said)) == (400, "INVALID_REQUEST")


@pytest.mark.parametrize("name", ["x_casino_signature", "X_CASINO-SIGNATURE"])
def test_a_header_with_an_underscore_is_another_header(
    play: Play, server: Server, name: str
) -> None:
    body = json.dumps(play.movement(100)).encode()
    headers = with_length(play, body)
    signature = headers.pop(CASINO_SIGNATURE)
    with nothing_written():
        status, _ = answer_to(server, request_bytes(headers | {name: signature}, body))
    assert status == 401

    ordinary = with_length(play, body) | {name: "0" * 64}
    assert answer_to(server, request_bytes(ordinary, body))[0] == 200


def test_headers_after_the_last_chunk_sign_nothing(play: Play, server: Server) -> None:
    body = json.dumps(play.movement(100)).encode()
    headers = play.headers(body)
    signature = headers.pop(CASINO_SIGNATURE)
    trailer = f"{CASINO_SIGNATURE}: {signature}\r\n\r\n".encode()
    sent = chunked(body).removesuffix(b"\r\n") + trailer
    with nothing_written():
        data = request_bytes({**headers, "Transfer-Encoding": "chunked"}, sent)
        assert answer_to(server, data)[0] == 401


@pytest.mark.parametrize("size_bytes", [LARGEST_BODY_BYTES + 1, 1_000_000])
def test_a_body_over_64_kib_is_too_large(play: Play, server: Server, size_bytes: int) -> None:
    body = padded(play.movement(100), size_bytes)
    with nothing_written():
        answer = server.post("/casino/debit", body, play.headers(body))

    assert (answer.status, answer.code) == (413, "REQUEST_TOO_LARGE")


@pytest.mark.parametrize("size_bytes", [LARGEST_BODY_BYTES + 1, 1_000_000])
def test_a_form_over_64_kib_is_too_large(server: Server, size_bytes: int) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = server.post("/admin/login/", b"x" * size_bytes, form)
    assert (answer.status, answer.code) == (413, "REQUEST_TOO_LARGE")


@pytest.mark.parametrize("bad", BAD_BODIES, ids=lambda bad: bad.name)
def test_a_bad_body_is_refused_by_a_thread_of_the_server_too(
    play: Play, server: Server, bad: BadBody
) -> None:
    """Deep nesting meets other stacks there than in the thread that runs the tests."""
    with nothing_written():
        answer = server.post("/casino/debit", bad.body, play.headers(bad.body))

    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"])
def test_another_method_is_not_allowed(play: Play, server: Server, method: str) -> None:
    body = json.dumps(play.movement(100)).encode()
    data = request_bytes(with_length(play, body), body, f"{method} /casino/debit HTTP/1.1")
    with nothing_written():
        status, said = answer_to(server, data)

    assert (status, code_of(said)) == (405, "METHOD_NOT_ALLOWED")


def test_head_is_not_allowed_and_has_no_body(play: Play, server: Server) -> None:
    data = request_bytes({"Content-Length": "0"}, b"", "HEAD /casino/debit HTTP/1.1")

    assert answer_to(server, data) == (405, b"")
