"""Which requests reach an application; slow, idle and vanishing clients hold nobody up."""

import errno
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from config.http_server.listening import listen
from config.http_server.loop import Limits, Loop
from config.http_server.wsgi import Environment
from tests.http_server.conftest import Serve, body_of, echo, read_to_the_end, status_of

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
LAST_GET = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"


class TestWhatReachesTheApplication:
    def test_the_environment(self, serve: Serve) -> None:
        said = body_of(
            serve().exchange(
                b"POST /caf%C3%A9/%2e?a=%20 HTTP/1.1\r\nHost: h:1\r\nContent-Type: a/b\r\n"
                b"X-Two: 1\r\nX-Two: 2\r\nX_Two: 3\r\nX-Empty:\r\nX-Bytes: \xff\r\n"
                b"Cookie: a=1\r\nCookie: b=2\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"
            )
        )
        expected = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/cafÃ©/.",
            "QUERY_STRING": "a=%20",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "h:1",
            "CONTENT_TYPE": "a/b",
            "CONTENT_LENGTH": "2",
            "HTTP_X_TWO": "1,2",
            "HTTP_X_EMPTY": "",
            "HTTP_X_BYTES": "ÿ",
            "HTTP_COOKIE": "a=1; b=2",
            "body": "hi",
        }
        assert {name: said.get(name) for name in expected} == expected

    def test_every_header_is_there_as_it_came(self, serve: Serve) -> None:
        seen: list[Any] = []

        def look(environ: Environment, start_response: Callable[..., Any]) -> list[bytes]:
            seen.extend(environ["server.headers"])
            start_response("204 No Content", [])
            return []

        serve(look).exchange(
            b"GET / HTTP/1.1\r\nX-K: a\r\nx-k: a\r\nX_K: b\r\nX-E:\r\nConnection: close\r\n\r\n"
        )
        assert seen == [
            (b"X-K", b"a"),
            (b"x-k", b"a"),
            (b"X_K", b"b"),
            (b"X-E", b""),
            (b"Connection", b"close"),
        ]

    def test_variables_of_the_process_are_no_headers(
        self, serve: Serve, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HTTP_X_CASINO_SIGNATURE", "00")
        assert "HTTP_X_CASINO_SIGNATURE" not in body_of(serve().exchange(LAST_GET))

    @pytest.mark.parametrize(
        ("target", "said"),
        [
            (b"http://h:1/a?b", ("h:1", "/a", "b")),
            (b"HTTPS://h/", ("h", "/", "")),
            (b"http://h", ("h", "/", "")),
            (b"http://h?b=/", ("h", "/", "b=/")),
            (b"/http://h/", ("other", "/http://h/", "")),
        ],
    )
    def test_the_form_that_proxies_use_names_the_host_too(
        self, serve: Serve, target: bytes, said: tuple[str, str, str]
    ) -> None:
        head = b"GET %b HTTP/1.1\r\nHost: other\r\nConnection: close\r\n\r\n" % target
        seen = body_of(serve().exchange(head))
        assert (seen["HTTP_HOST"], seen["PATH_INFO"], seen["QUERY_STRING"]) == said

    @pytest.mark.parametrize(
        ("data", "body"),
        [
            (POST + b"Content-Length: 3\r\n\r\nabc", "abc"),
            (POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", "abc"),
            (POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", ""),
            (POST + b"\r\n", ""),
        ],
    )
    def test_a_body_is_read_to_its_end(self, serve: Serve, data: bytes, body: str) -> None:
        said = body_of(serve().exchange(data))
        assert said["body"] == body
        assert said["CONTENT_LENGTH"] == (str(len(body)) if body else "")
        assert "HTTP_TRANSFER_ENCODING" not in said

    @pytest.mark.parametrize(
        "data",
        [
            POST + b"Content-Length: 3\r\n\r\n",
            POST + b"Content-Length: 3\r\n\r\nab",
            POST + b"Transfer-Encoding: chunked\r\n\r\n",
            POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
            POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n",
            POST + b"Transfer-Encoding: chunked\r\n\r\nnonsense\r\n",
        ],
    )
    def test_a_body_that_breaks_off_is_not_an_empty_one(self, serve: Serve, data: bytes) -> None:
        said = body_of(serve().exchange(data, hang_up=True))
        assert said["failure"] == "ConnectionAbortedError"

    def test_a_body_that_is_too_large_is_told(self, serve: Serve) -> None:
        said = body_of(serve().exchange(POST + b"Content-Length: 1001\r\n\r\n" + b"a" * 1001))
        assert (said["failure"], said["errno"]) == ("OSError", errno.EFBIG)

    def test_a_client_that_waits_for_leave_to_send_its_body_gets_it(self, serve: Serve) -> None:
        with serve().connect() as client:
            client.sendall(POST + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n")
            assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
            client.sendall(b"abc")
            assert body_of(read_to_the_end(client))["body"] == "abc"

    def test_a_client_that_announces_too_much_need_not_send_it(self, serve: Serve) -> None:
        with serve().connect() as client:
            client.sendall(POST + b"Expect: 100-continue\r\nContent-Length: 1001\r\n\r\n")
            answer = read_to_the_end(client)
        assert answer.startswith(b"HTTP/1.1 200 OK")  # not 100
        assert body_of(answer)["errno"] == errno.EFBIG


class TestAnswers:
    def test_many_requests_share_a_connection_also_without_waiting(self, serve: Serve) -> None:
        said = serve().exchange(GET * 5 + LAST_GET)
        assert said.count(b"HTTP/1.1 200 OK") == 6

    def test_what_has_no_length_goes_in_chunks(self, serve: Serve) -> None:
        def stream(_: Environment, start_response: Callable[..., Any]) -> Iterator[bytes]:
            start_response("200 OK", [])
            return iter([b"ab", b"", b"c" * 20])

        served = serve(stream)
        chunks = b"2\r\nab\r\n14\r\n" + b"c" * 20 + b"\r\n0\r\n\r\n"
        assert served.exchange(LAST_GET).endswith(b"\r\n\r\n" + chunks)
        said = served.exchange(b"GET / HTTP/1.0\r\n\r\n")
        assert said.endswith(b"\r\n\r\nab" + b"c" * 20)

    def test_an_answer_that_fails_half_way_is_not_taken_for_a_whole_one(self, serve: Serve) -> None:
        def stream(_: Environment, start_response: Callable[..., Any]) -> Iterator[bytes]:
            start_response("200 OK", [])
            yield b"half"
            raise RuntimeError("the other half is missing")

        served = serve(stream)
        for version in (b"1.1", b"1.0"):
            try:
                said = served.exchange(b"GET / HTTP/" + version + b"\r\n\r\n")
            except ConnectionResetError:
                continue
            assert version == b"1.1"
            assert not said.endswith(b"0\r\n\r\n")

    def test_head_has_no_body(self, serve: Serve) -> None:
        said = serve().exchange(LAST_GET.replace(b"GET", b"HEAD"))
        assert status_of(said) == 200
        assert said.endswith(b"\r\n\r\n")

    def test_an_application_that_raises_is_a_500(self, serve: Serve) -> None:
        def fail(_: Environment, __: Callable[..., Any]) -> list[bytes]:
            raise RuntimeError("hush")

        said = serve(fail).exchange(GET)
        assert status_of(said) == 500
        assert b"hush" not in said


def test_what_is_at_work_is_finished_before_the_end(serve: Serve) -> None:
    at_work, release = threading.Event(), threading.Event()

    def application(_: Environment, start_response: Callable[..., Any]) -> list[bytes]:
        at_work.set()
        release.wait(10)
        start_response("200 OK", [])
        return [b"done"]

    served = serve(application)
    with served.connect() as client, served.connect() as idle:
        client.sendall(GET)
        assert at_work.wait(5)
        served.loop.stop()
        assert idle.recv(1) == b"", "the idle connection was not closed"
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", served.port), timeout=1)
        release.set()
        said = read_to_the_end(client)
    assert said.endswith(b"done")
    assert b"Connection: close" in said


class TestWhatIsAnsweredBeforeTheEnd:
    """Else clients that send one request after the other lose one at every restart."""

    def test_a_request_that_waits_in_the_kernel(self) -> None:
        [listener] = listen("127.0.0.1", 0, backlog=128, shared=False)
        loop = Loop([listener], echo, Limits(1, 1_000, 5, 5, 10), {})
        with socket.create_connection(listener.getsockname(), timeout=10) as client:
            client.sendall(GET)
            loop.stop()
            loop.run()
            loop.finish(5)
            said = read_to_the_end(client)
        assert status_of(said) == 200
        assert b"Connection: close" in said

    @pytest.mark.parametrize("sent_before", [b"", GET[:10]])
    def test_a_request_that_is_on_its_way(self, serve: Serve, sent_before: bytes) -> None:
        served = serve()
        with served.connect() as client:
            client.sendall(GET)
            assert status_of(client.recv(65_536)) == 200
            client.sendall(sent_before)
            served.loop.stop()
            time.sleep(0.05)
            client.sendall(GET.removeprefix(sent_before))
            said = read_to_the_end(client)
        assert status_of(said) == 200
        assert b"Connection: close" in said
