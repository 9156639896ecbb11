"""While clients are slow or threads are busy, other clients are served."""

import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from config.http_server import loop
from config.http_server.connection import Connection, Stage
from config.http_server.wsgi import Environment
from tests.http_server.conftest import Serve, Served, body_of, read_to_the_end, status_of

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
LAST_GET = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"


class TestSlowClients:
    @pytest.mark.parametrize(
        "sent", [b"", b"GET", POST, POST + b"Content-Length: 100\r\n\r\na"], ids=str
    )
    def test_they_get_408_and_hold_no_thread(self, serve: Serve, sent: bytes) -> None:
        served = serve(threads=1, request_seconds=2.0)
        slow = []
        for _ in range(200):
            slow.append(served.connect())
            slow[-1].sendall(sent)  # at once: the time counts from here
        began = time.monotonic()
        for _ in range(20):
            assert status_of(served.exchange(LAST_GET)) == 200
        assert time.monotonic() - began < 1.9
        for client in slow:
            said = read_to_the_end(client)
            if b"Content-Length: 100" in sent:
                assert body_of(said).get("failure") == "TimeoutError", said
            else:
                assert (status_of(said), body_of(said)["code"]) == (408, "REQUEST_TIMEOUT")
            client.close()
        assert time.monotonic() - began < 6

    def test_a_byte_now_and_then_does_not_put_the_end_off(self, serve: Serve) -> None:
        served = serve(request_seconds=1.0)
        began = time.monotonic()
        with served.connect() as client:
            client.sendall(POST + b"Content-Length: 1000\r\n\r\n")
            client.settimeout(0.1)
            said = b""
            while not said and time.monotonic() - began < 10:
                client.sendall(b"a")
                try:
                    said = client.recv(65_536)
                except TimeoutError:
                    continue
        assert b"TimeoutError" in said
        assert 0.9 < time.monotonic() - began < 4

    def test_an_idle_connection_is_closed_after_its_time_without_a_word(self, serve: Serve) -> None:
        served = serve(idle_seconds=0.5)
        with served.connect() as client:
            client.sendall(GET)
            assert read_to_the_end(client).count(b"HTTP/1.1 200") == 1

    def test_a_client_that_does_not_read_holds_no_thread(self, serve: Serve) -> None:
        def large(_: Environment, start_response: Callable[..., Any]) -> list[bytes]:
            start_response("200 OK", [])
            return [b"a" * 8_000_000]

        served = serve(large, threads=1)
        slow = [served.connect() for _ in range(5)]
        for client in slow:
            client.sendall(GET)
        assert len(served.exchange(LAST_GET)) > 8_000_000
        for client in slow:
            client.close()

    def test_the_oldest_of_too_many_make_room_and_those_at_work_stay(self, serve: Serve) -> None:
        at_work, release = threading.Event(), threading.Event()

        def application(environ: Environment, start_response: Callable[..., Any]) -> list[bytes]:
            if environ["PATH_INFO"] == "/slow":
                at_work.set()
                release.wait(10)
            start_response("200 OK", [])
            return [b"done"]

        served = serve(application, connections=20)
        with served.connect() as worker:
            worker.sendall(LAST_GET.replace(b"/", b"/slow", 1))
            assert at_work.wait(5)
            crowd = [served.connect() for _ in range(100)]
            for _ in range(5):
                assert status_of(served.exchange(LAST_GET)) == 200
            release.set()
            assert read_to_the_end(worker).endswith(b"done")
        for client in crowd:
            client.close()

    @pytest.mark.parametrize("files", [64, 256, 512])
    def test_a_process_that_may_open_few_files_serves_fewer_at_once(
        self, serve: Serve, monkeypatch: pytest.MonkeyPatch, files: int
    ) -> None:
        """Some containers and hardened services have a hard limit as low as that."""
        monkeypatch.setattr(loop, "allowed_files", lambda: files)
        served = serve()
        crowd = [served.connect() for _ in range(files // 2 - 1)]
        for client in crowd:
            client.sendall(LAST_GET)
        assert [status_of(read_to_the_end(client)) for client in crowd] == [200] * len(crowd)


class TestBusyThreads:
    @pytest.fixture
    def busy(self, serve: Serve) -> Iterator[Served]:
        """Every thread is busy, and more requests wait."""
        release = threading.Event()

        def application(environ: Environment, start_response: Callable[..., Any]) -> list[bytes]:
            if environ["PATH_INFO"] == "/work":
                release.wait(20)
            start_response("200 OK", [])
            return [b""]

        served = serve(application, threads=2, express={"/health": 1})
        waiting = [served.connect() for _ in range(10)]
        for client in waiting:
            client.sendall(LAST_GET.replace(b"/", b"/work", 1))
        yield served
        release.set()
        for client in waiting:
            assert status_of(read_to_the_end(client)) == 200
            client.close()

    @pytest.mark.parametrize("path", [b"/health", b"/health?verbose"])
    def test_paths_with_threads_of_their_own_are_answered(self, busy: Served, path: bytes) -> None:
        assert status_of(busy.exchange(LAST_GET.replace(b"/", path, 1))) == 200

    def test_others_wait(self, busy: Served) -> None:
        with busy.connect() as client:
            client.sendall(GET)
            client.settimeout(0.3)
            with pytest.raises(TimeoutError):
                client.recv(1)


def test_a_client_is_not_late_with_what_the_server_has_not_read() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client, ours = socket.create_connection(listener.getsockname()), listener.accept()[0]
    with client, ours:
        connection = Connection(ours, "", largest_body_bytes=100)
        long_after = connection.since + 2
        assert connection.is_late(1.0, long_after)
        client.sendall(b"G")
        assert select.select([ours], [], [], 5)[0]
        assert not connection.is_late(1.0, long_after)
        connection.enter(Stage.RECEIVING)
        assert connection.is_late(1.0, connection.since + 2)
