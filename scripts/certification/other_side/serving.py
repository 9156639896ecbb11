"""Serves the casino over real HTTP, and answers according to its plan of faults."""

import json
import select
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from scripts.certification.other_side import native
from scripts.certification.other_side.casino import Casino, Taken
from scripts.certification.other_side.faults import HTML, REFUSALS, Fault
from scripts.certification.other_side.native import Callback
from scripts.certification.outcomes import Outcome
from scripts.certification.profiles.native import PROFILE
from scripts.certification.profiles.reading import Answer
from scripts.certification.profiles.requests import HIDDEN, Header, Request
from scripts.certification.wire import Exchange

LONGEST_SILENCE_SECONDS = 60


@contextmanager
def serving(casino: Casino, host: str, port: int) -> Iterator[int]:
    """The port; a free one if 0 was requested. Raises OSError."""
    server = _Server((host, port), casino)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], casino: Casino) -> None:
        super().__init__(address, _Handler)
        self.casino = casino

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore providers that hang up: they are what the trials are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_POST(self) -> None:
        at, began = datetime.now(UTC), time.perf_counter()
        body = self._read_body()
        shown = self.headers.get_all(PROFILE.signature_header, [])
        taken = self.server.casino.take(self.path, shown, body)
        answer = self._answer(taken)
        headers = tuple(
            Header(name, value, HIDDEN if name.lower() == PROFILE.signature_header else "")
            for name, value in self.headers.items()
        )
        url = f"http://{self.headers.get('Host', '')}{self.path}"
        request = Request("POST", url, headers, body)
        duration = round((time.perf_counter() - began) * 1000, 3)
        self.server.casino.keep(taken.session, Exchange(request, answer, at, duration, 0))

    def _read_body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        chunks = []
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():  # trailers
            pass
        return b"".join(chunks)

    def _answer(self, taken: Taken) -> Answer:
        callback, fault = taken.callback, taken.fault
        if taken.refused is not None or callback is None:
            return self._send_json(*native.refusal(taken.refused or Outcome.INVALID))
        if fault is None or fault.kind in ("lie", "other id"):
            return self._answer_in_form(callback, fault)
        if fault.kind in REFUSALS:
            return self._send_json(*native.refusal(REFUSALS[fault.kind], balance=0))
        if fault.kind in ("html", "empty", "half"):
            return self._answer_nonsense(callback, fault)
        if fault.kind == "silence":
            self._wait_until_given_up()
        self.close_connection = True
        return Answer(None, fault=f"the tool answers with {fault.kind}")

    def _answer_nonsense(self, callback: Callback, fault: Fault) -> Answer:
        if fault.kind == "html":
            return self._send(fault.status, HTML, "text/html")
        body = native.success(callback, balance=0, currency="EUR", amount=0)
        content = json.dumps(body).encode() if fault.kind == "half" else b""
        return self._send(200, content, "application/json", only_half=fault.kind == "half")

    def _answer_in_form(self, callback: Callback, fault: Fault | None) -> Answer:
        if fault is not None and fault.kind == "other id":
            amount = callback.amount
            body = native.success(callback, balance=1000, currency="EUR", amount=amount)
            return self._send_json(200, body | {"transactionId": "certify-another"})
        return self._send_json(*self.server.casino.answer(callback, lies=fault is not None))

    def _wait_until_given_up(self) -> None:
        """The provider hangs up when it has had enough."""
        until = time.monotonic() + LONGEST_SILENCE_SECONDS
        while time.monotonic() < until:
            readable, _, _ = select.select([self.connection], [], [], 0.2)
            if readable:
                return

    def _send_json(self, status: int, body: dict[str, Any]) -> Answer:
        return self._send(status, json.dumps(body).encode(), "application/json")

    def _send(
        self, status: int, content: bytes, content_type: str, *, only_half: bool = False
    ) -> Answer:
        sent = content[: len(content) // 2] if only_half else content
        self.send_response(status)
        headers = (("Content-Type", content_type), ("Content-Length", str(len(content))))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(sent)
        if only_half:
            self.close_connection = True
        return Answer(status, headers, sent)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Silent."""
