"""The fake casino's HTTP side: it reads requests, and spoils the answers as a fault says."""

import json
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from config.wire.signing import sign
from tests.provider.misbehaviour import Body, Fault, refusal

if TYPE_CHECKING:
    from tests.provider.fake_casino import FakeCasino


@dataclass
class Asked:
    """A request as it came in."""

    path: str
    raw: bytes
    headers: dict[str, str]

    @property
    def body(self) -> Body:
        value: Body = json.loads(self.raw)
        return value


class Listener(ThreadingHTTPServer):
    daemon_threads = True
    casino: "FakeCasino"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore it: these tests are about callers that hang up early."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # otherwise the body waits 40 ms for an ACK
    server: Listener

    def do_POST(self) -> None:
        threading.current_thread().name = f"answering {self.path}"
        try:
            self._answer()
        finally:
            threading.current_thread().name = "idle"

    def _answer(self) -> None:
        casino = self.server.casino
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        casino.asked.append(Asked(self.path, raw, headers))
        if headers.get("x-casino-signature") != sign([casino.secret], raw):
            refused = refusal(401, "INVALID_SIGNATURE")
            self._reply(refused.status, refused.body or {})
            return
        fault = casino.next_fault(self.path)
        body = json.loads(raw)
        casino.on_request(self.path, body)
        if fault is None:
            self._reply(*casino.answer(self.path, body))
            return
        if fault.kind == "late":
            time.sleep(fault.seconds)
        acts = fault.acts or fault.kind == "late"
        answer = casino.answer(self.path, body) if acts else (200, {}, False)
        if fault.kind == "twice" and answer[0] == 200:
            casino.deliver_later(fault.seconds, self.path, body)
        self._misbehave(fault, answer)

    def _misbehave(self, fault: Fault, answer: tuple[int, Body, bool]) -> None:
        match fault.kind:
            case "answer":
                self._reply(fault.status, fault.body or {}, headers=fault.headers)
            case "slow":
                time.sleep(fault.seconds)
                self._reply(*answer)
            case "late" | "twice":
                self._reply(*answer)
            case "garbage":
                self._send(200, b"<html>It works!</html>", {})
            case "cut_body":
                self._send(200, b'{"status": "succ', {"Content-Length": "400"})
                self.close_connection = True
            case _:
                self.close_connection = True

    def _reply(
        self, status: int, body: Body, replayed: bool = False, headers: dict[str, str] | None = None
    ) -> None:
        replay = {"Idempotent-Replayed": "true"} if replayed else {}
        self._send(status, json.dumps(body).encode(), {**replay, **(headers or {})})

    def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Write no log."""
