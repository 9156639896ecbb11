"""Bytes become requests in one way, however they are split; unclear bytes are an error."""

import errno

import pytest

from config.http_server.requests import MalformedRequestError, Receiver, Request

LENGTH = b"POST /a?b=c HTTP/1.1\r\nHost: h\r\nX-K: 1\r\nx_k: 2\r\nContent-Length: 5\r\n\r\nhello"
CHUNKS = (
    b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=1\r\nllo\r\n0\r\n\r\n"
)


def received(*pieces: bytes, largest: int = 100) -> list[Request]:
    receiver = Receiver(largest)
    for piece in pieces:
        receiver.receive(piece)
    return list(receiver.ready)


@pytest.mark.parametrize("data", [LENGTH, CHUNKS])
def test_it_does_not_matter_how_a_request_is_cut_up(data: bytes) -> None:
    [whole] = received(data)
    assert whole.body == b"hello"
    assert received(*(data[at : at + 1] for at in range(len(data)))) == [whole]
    for cut in range(1, len(data)):
        assert received(data[:cut]) == []
        assert received(data[:cut], data[cut:]) == [whole]


def test_headers_stay_as_they_came() -> None:
    [request] = received(b"GET / HTTP/1.1\r\nX-K: 1\r\nx_k: 2\r\nX-K:\r\nX-U: \xff\xc3\xbc\r\n\r\n")
    assert request.headers == [
        (b"X-K", b"1"),
        (b"x_k", b"2"),
        (b"X-K", b""),
        (b"X-U", b"\xff\xc3\xbc"),
    ]


def test_white_space_around_a_value_is_no_part_of_it() -> None:
    """RFC 9112, section 5.1. The parser removes only what comes before the value."""
    head = b"POST /a HTTP/1.1\r\nX-K: \t a b \t\r\nX-E: \r\nTransfer-Encoding: chunked \r\n"
    one, other = received(head + b"Expect: 100-continue \r\n\r\n5\r\nhello\r\n0\r\n\r\n" + LENGTH)
    assert dict(one.headers)[b"X-K"] == b"a b"
    assert dict(one.headers)[b"X-E"] == b""
    assert (one.body, one.waits_for_continue) == (b"hello", True)
    assert other.body == b"hello"


def test_requests_that_are_sent_one_after_the_other_are_all_received() -> None:
    one, other, third = received(LENGTH + CHUNKS + b"GET /c HTTP/1.1\r\n\r\nGET /d HT")
    assert (one.target, other.target, third.target) == (b"/a?b=c", b"/a", b"/c")
    assert all(request.keeps_alive for request in (one, other, third))


def test_headers_after_the_last_chunk_do_not_count() -> None:
    sneaked = CHUNKS.removesuffix(b"\r\n") + b"x-casino-signature: 00\r\n\r\n"
    [request] = received(sneaked)
    assert request.headers == [(b"Transfer-Encoding", b"chunked")]
    assert request.body == b"hello"


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00", 405),
        (b"BREW / HTTP/1.1\r\n\r\n", 405),
        (b"GET / HTTP/1.1\nHost: a\n\n", 400),
        (b"GET / HTTP/9.9\r\n\r\n", 400),
        (b"GET /\xff HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nA : b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nA: b\x00\r\n\r\n", 400),
        (b"CONNECT a:80 HTTP/1.1\r\n\r\nabc", 405),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 3, 3\r\n\r\nabc", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: identity\r\n\r\n", 501),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 101 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nA: " + b"b" * 70_000, 431),
        (b"GET /" + b"a" * 70_000, 431),
    ],
)
def test_a_head_that_is_unclear_or_too_large_is_refused(data: bytes, status: int) -> None:
    with pytest.raises(MalformedRequestError) as refused:
        received(*(data[at : at + 1_000] for at in range(0, len(data), 1_000)))
    assert refused.value.status == status


@pytest.mark.parametrize(
    "rest", [b"zz\r\n", b"5\r\nhelloXX", b"-1\r\n", b"5 5\r\nhello\r\n0\r\n\r\n"]
)
def test_a_body_with_a_malformed_chunk_fails_its_request(rest: bytes) -> None:
    [request] = received(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + rest)
    assert isinstance(request.failure, ConnectionAbortedError)
    assert (request.body, request.keeps_alive) == (b"", False)


@pytest.mark.parametrize("chunked", [True, False])
@pytest.mark.parametrize(("size", "fits"), [(100, True), (101, False), (5_000, False)])
def test_a_body_has_a_largest_size_and_the_connection_goes_on(
    chunked: bool, size: int, fits: bool
) -> None:
    body, head = b"b" * size, b"Content-Length: %d" % size
    if chunked:
        body, head = b"%x\r\n%b\r\n0\r\n\r\n" % (size, body), b"Transfer-Encoding: chunked"
    [request, following] = received(b"POST / HTTP/1.1\r\n" + head + b"\r\n\r\n" + body + LENGTH)
    assert following.body == b"hello"
    if fits:
        assert (request.failure, len(request.body)) == (None, size)
    else:
        assert request.failure is not None
        assert (request.failure.errno, request.body) == (errno.EFBIG, b"")


def test_a_body_without_end_is_given_up() -> None:
    receiver = Receiver(100)
    receiver.receive(b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n")
    for _ in range(300):
        receiver.receive(b"b" * 65_536)
        if receiver.ready:
            break
    [request] = receiver.ready
    assert request.failure is not None
    assert (request.failure.errno, request.keeps_alive) == (errno.EFBIG, False)


@pytest.mark.parametrize("body", [b"", b"abc"])
def test_another_protocol_that_is_asked_for_is_not_spoken(body: bytes) -> None:
    asked = b"POST / HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
    length = b"Content-Length: %d\r\n\r\n" % len(body)
    data = asked + length + body
    for cut in range(1, len(data)):
        request, following = received(data[:cut], data[cut:] + LENGTH)
        assert (request.method, request.body, following.body) == ("POST", body, b"hello")
    with_preface = asked + b"X: y\r\n" + length + body + b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    [request] = received(with_preface)
    assert (request.method, request.body, request.keeps_alive) == ("POST", body, False)


@pytest.mark.parametrize(
    ("head", "keeps_alive"),
    [
        (b"HTTP/1.1\r\n", True),
        (b"HTTP/1.1\r\nConnection: close\r\n", False),
        (b"HTTP/1.0\r\n", False),
        (b"HTTP/1.0\r\nConnection: keep-alive\r\n", True),
    ],
)
def test_a_connection_is_kept_as_the_client_asks(head: bytes, keeps_alive: bool) -> None:
    [request] = received(b"GET / " + head + b"\r\n")
    assert request.keeps_alive is keeps_alive
