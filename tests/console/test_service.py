"""The console notices lost answers, and a service that does not keep its promises."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from scripts.console_client.service import NoAnswer, WalletService
from tests.console.conftest import piped
from tests.servers import free_port
from tests.wire.loopback import receiver, says_raw

Reply = tuple[int, dict[str, object]] | None
"""Status and body, or None to cut the connection without an answer."""

PLAYER = "123e4567-e89b-12d3-a456-426614174000"


class Heard:
    """What the service was asked, in order: idempotency keys, or None for a balance."""

    def __init__(self) -> None:
        self.url = ""
        self.keys: list[str | None] = []


@contextmanager
def answering(reply: Callable[[int], Reply]) -> Iterator[Heard]:
    """A service that answers its n-th request (from 0) with ``reply(n)``."""
    heard, turn = Heard(), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            with turn:
                heard.keys.append(self.headers.get("Idempotency-Key"))
                answer = reply(len(heard.keys) - 1)
            if answer is None:
                self.close_connection = True
                return
            body = json.dumps(answer[1]).encode()
            self.send_response(answer[0])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        heard.url = f"http://127.0.0.1:{server.server_port}"
        yield heard
        server.shutdown()


def service_at(url: str) -> WalletService:
    return WalletService(url, asset="GOLD_COINS", key=None)


@pytest.mark.parametrize("lost", [None, (503, {"error": {"code": "BUSY", "message": "busy"}})])
def test_what_was_not_answered_is_sent_again_under_the_same_key(lost: Reply) -> None:
    with answering(lambda turn: lost if turn < 2 else (200, {"balance": 5})) as heard:
        answer = service_at(heard.url).add_funds(PLAYER, 5, key="k-1")
    assert heard.keys == ["k-1"] * 3
    assert (answer.status, answer.attempts, answer.body) == (200, 3, {"balance": 5})


def test_it_does_not_go_on_for_ever() -> None:
    with (
        answering(lambda _turn: None) as heard,
        pytest.raises(NoAnswer, match="broke off, 4 times over"),
    ):
        service_at(heard.url).add_funds(PLAYER, 5, key="k-1")
    assert heard.keys == ["k-1"] * 4


def test_a_refusal_is_an_answer_and_is_not_sent_again() -> None:
    refusal: dict[str, object] = {"error": {"code": "INSUFFICIENT_FUNDS", "message": "too little"}}
    with answering(lambda _turn: (402, refusal)) as heard:
        answer = service_at(heard.url).remove_funds(PLAYER, 5, key="k-1")
    assert len(heard.keys) == 1
    assert (answer.is_good, answer.refusal) == (False, "402 INSUFFICIENT_FUNDS: too little")


def test_a_refusal_of_another_family_is_told_like_one_of_the_service() -> None:
    refusal: dict[str, object] = {"status": "error", "code": "NOT_FOUND", "message": "nothing"}
    with answering(lambda _: (404, refusal)) as heard:
        answer = service_at(heard.url).balance(PLAYER)
    assert answer.refusal == "404 NOT_FOUND: nothing"


def test_the_address_of_a_redirect_is_not_even_read() -> None:
    redirect = b"HTTP/1.1 302 Found\r\nLocation: http://[::1\r\nContent-Length: 2\r\n\r\n{}"
    with receiver(says_raw(redirect)) as there:
        assert service_at(there.url).add_funds(PLAYER, 1, key="k").status == 302


def test_where_nobody_listens_it_does_not_try_again() -> None:
    with pytest.raises(NoAnswer, match="Nobody answers"):
        service_at(f"http://127.0.0.1:{free_port()}").add_funds(PLAYER, 5, key="k-1")


def told(balances: list[tuple[int, int]], *choices: str) -> str:
    """What the console says about a service with these balances and versions, one per look."""
    looks = iter(balances)

    def reply(turn: int) -> Reply:
        if heard.keys[turn] is not None:
            return 200, {"balance": 1, "transaction_id": str(turn)}
        balance, version = next(looks)
        return 200, {"balances": [{"balance": balance, "version": version}]}

    with answering(reply) as heard:
        return piped(heard.url, "2", PLAYER, *choices)


def test_a_service_that_moves_twice_for_one_key_is_found_out() -> None:
    text = told([(100, 1), (110, 3)], "7", "5")
    assert "The two answers are NOT the same" in text
    assert "The balance is right" not in text
    assert "Somebody else used this wallet meanwhile" in text


@pytest.mark.parametrize("after", [(114, 4), (115, 3), (100, 1)])
def test_a_balance_that_does_not_add_up_is_found_out(after: tuple[int, int]) -> None:
    text = told([(100, 1), after], "8", "3", "a", "5")
    assert "3 of +5 make 115" in text
    assert "✗ THE BALANCE IS WRONG." in text


def test_one_that_adds_up_is_right() -> None:
    assert "✓ The balance is right." in told([(100, 1), (115, 4)], "8", "3", "a", "5")
