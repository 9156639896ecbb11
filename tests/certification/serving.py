"""Serves a wallet over real HTTP on two ports, the second one for callers from outside."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

from tests.certification.door import Answer, Headers


class Answering(Protocol):
    """If the answer is None, the server hangs up."""

    def answer(
        self, path: str, headers: Headers, body: bytes, *, outside: bool
    ) -> Answer | None: ...


@contextmanager
def serving(wallet: Answering) -> Iterator[tuple[str, str]]:
    """The address, and the address for callers from outside."""
    servers = [_Server(wallet, outside=outside) for outside in (False, True)]
    threads = [
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        for server in servers
    ]
    for thread in threads:
        thread.start()
    try:
        inside, outside = (f"http://127.0.0.1:{server.server_port}" for server in servers)
        yield inside, outside
    finally:
        for server, thread in zip(servers, threads, strict=True):
            server.shutdown()
            server.server_close()
            thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, wallet: Answering, *, outside: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.wallet = wallet
        self.outside = outside

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore it: many cases hang up."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if len(body) < length:
            self.close_connection = True
            return
        self._reply(body)

    def do_GET(self) -> None:
        self._reply(b"")

    def _reply(self, body: bytes) -> None:
        try:
            answer = self.server.wallet.answer(
                self.path, list(self.headers.items()), body, outside=self.server.outside
            )
        except Exception:
            answer = Answer(500, b"<h1>Internal Server Error</h1>")
        if answer is None:
            self.close_connection = True
            self.server.socket.close()
            return
        content = (
            answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        )
        self.send_response(answer.status)
        for name, value in {"Content-Length": str(len(content)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Write no log."""
