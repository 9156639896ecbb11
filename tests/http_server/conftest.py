"""A server in a thread of the test's own process, with an application of the test."""

import json
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest

from config.http_server.listening import listen
from config.http_server.loop import Limits, Loop
from config.http_server.wsgi import Application, Environment

LARGEST_BODY_BYTES = 1_000


@dataclass
class Served:
    """A running server: the requests it got, and ways to send it some."""

    port: int
    loop: Loop
    seen: list[Environment] = field(default_factory=list)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def exchange(self, data: bytes, *, hang_up: bool = False) -> bytes:
        """Everything that the server says to these bytes until it closes."""
        with self.connect() as client:
            client.sendall(data)
            if hang_up:
                client.shutdown(socket.SHUT_WR)
            return read_to_the_end(client)


Serve = Callable[..., Served]


def read_to_the_end(client: socket.socket) -> bytes:
    said = b""
    while more := client.recv(65_536):
        said += more
    return said


def status_of(said: bytes) -> int:
    return int(said.split()[1]) if said else 0


def body_of(said: bytes) -> Any:
    return json.loads(said.partition(b"\r\n\r\n")[2])


def echo(environ: Environment, start_response: Callable[..., Any]) -> list[bytes]:
    """Answer with what was sent, or with the reason if that cannot be read."""
    try:
        said = {"body": environ["wsgi.input"].read().decode("latin-1")}
    except OSError as error:
        said = {"failure": type(error).__name__, "errno": error.errno}
    said |= {name: value for name, value in environ.items() if isinstance(value, str)}
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(said).encode()]


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as running:

        def start(
            application: Application = echo,
            *,
            threads: int = 4,
            request_seconds: float = 5.0,
            idle_seconds: float = 5.0,
            connections: int = 1_000,
            express: dict[str, int] | None = None,
            together: Sequence[Sequence[str]] = (),
        ) -> Served:
            [listener] = listen("127.0.0.1", 0, backlog=128, shared=False)
            limits = Limits(threads, LARGEST_BODY_BYTES, request_seconds, idle_seconds, connections)
            served = Served(0, Loop([listener], application, limits, express or {}, together))
            served.port = listener.getsockname()[1]

            def run() -> None:
                served.loop.run()
                served.loop.finish(1.0)

            thread = threading.Thread(target=run, daemon=True)
            thread.start()
            running.callback(thread.join, 10)
            running.callback(served.loop.stop)
            return served

        yield start
