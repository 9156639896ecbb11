"""Requests leave no reference cycles: the garbage collector need not stop the server for them."""

import gc
import json

import pytest

from config.http_server import wsgi
from config.http_server.requests import Receiver
from config.http_server.wsgi import Turn
from config.wsgi import application
from tests.casino_world import Play

REQUESTS = 30


class Client:
    """Sends requests through the server's parts, without a socket."""

    def __init__(self, play: Play) -> None:
        self._play = play
        self._receiver = Receiver(1 << 20)
        self._environment = {
            **wsgi.base_environment("127.0.0.1", 80),
            wsgi.WAITS_TOGETHER: True,
        }

    def send(self, operation: str) -> bytes:
        moves = operation == "debit"
        body = self._play.movement(1) if moves else {"sessionToken": self._play.token}
        content = json.dumps(body).encode()
        lines = [f"POST /casino/{operation} HTTP/1.1", "Host: localhost"]
        lines += [f"{name}: {value}" for name, value in self._play.headers(content).items()]
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}", "", ""]
        self._receiver.receive("\r\n".join(lines).encode() + content)
        request = self._receiver.ready.popleft()
        environ = wsgi.environment(self._environment, request, "127.0.0.1")
        turn = Turn(application, environ, request)
        assert turn.unfinished is not None
        turn.unfinished.carry_out([turn.unfinished], lambda: None)
        return turn.answer(is_last=lambda: False).body


@pytest.mark.parametrize("operation", ["debit", "getBalance"])
def test_a_request_leaves_no_cycles(play: Play, operation: str) -> None:
    client = Client(play)
    assert b'"success"' in client.send(operation)
    gc.collect()
    gc.disable()
    try:
        for _ in range(REQUESTS):
            client.send(operation)
        unreachable = gc.collect()
    finally:
        gc.enable()
    assert unreachable < REQUESTS, f"{unreachable / REQUESTS:.0f} objects per request"
