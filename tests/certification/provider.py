"""A provider in memory that plays a scripted round, without faults; standard library only.

It keeps a journal, asks again under the same id, rolls back what stays in doubt, and after a crash
continues where it was. Each mutant overrides one of its small methods.
"""

import http.client
import itertools
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from tests.certification.door import OTHER_SECRET, SECRET, digest

PATIENCE_SECONDS = 0.1
ATTEMPTS = 3
PAUSE_SECONDS = 0.02
GIVES_UP_AFTER = 60

Fields = dict[str, Any]


class Crashed(Exception):
    """The process has died."""


@dataclass
class Run:
    """``journal``: decisions, by transaction id."""

    name: str
    session: str
    bet: int
    win: int
    second_bet: int
    journal: dict[str, str] = field(default_factory=dict)
    told: Fields = field(default_factory=dict)
    is_over: bool = False


class Provider:
    def __init__(self) -> None:
        self.casino = ""
        self.runs: list[Run] = []
        self.generation = 0
        self.sessions = itertools.count(1)

    # ---- what a casino calls -------------------------------------------------------------------

    def answer(self, path: str, fields: Fields) -> Fields | None:
        """Return None to cut the connection."""
        if path == "/provider/launch":
            return {"status": "success", "providerSessionId": f"ps-{next(self.sessions)}"}
        if path == "/crash":
            self.crash()
            return {}
        [bet], [win] = fields["bets"], fields["wins"]
        run = Run(fields["runId"], fields["sessionToken"], bet, win, fields["rollbackBet"])
        self.runs.append(run)
        try:
            self.play(run, self.generation)
        except Crashed:
            return None
        return run.told

    def crash(self) -> None:
        self.generation += 1
        threading.Thread(target=self.recover, args=[self.generation], daemon=True).start()

    def recover(self, generation: int) -> None:
        for run in self.runs:
            if not run.is_over:
                self.play(run, generation)

    # ---- a round -------------------------------------------------------------------------------

    def play(self, run: Run, generation: int) -> None:
        steps: list[Fields] = []
        outcome = "completed"
        if self.bet(run, "bet-1", "round-1", run.bet, generation):
            steps.append(self.pay(run, generation))
            if self.bet(run, "bet-2", "round-2", run.second_bet, generation):
                self.give_back(run, "bet-2", "round-2", generation)
        else:
            outcome = "refused"
        balance = self.ask(run, "getBalance", "", {}, generation)
        run.told = {
            "status": "success",
            "outcome": outcome,
            "steps": steps,
            "closingBalance": self.shown_balance(run, balance),
        }
        run.is_over = True

    def bet(self, run: Run, name: str, round_id: str, amount: int, generation: int) -> bool:
        """Return whether the bet stands; roll it back if it stays in doubt."""
        fields = {"roundId": f"{run.name}.{round_id}", "amount": amount}
        verdict = self.settle(run, "debit", name, fields, generation=generation, attempts=ATTEMPTS)
        if verdict == "in doubt":
            self.give_back(run, name, round_id, generation)
        return verdict == "accepted"

    def pay(self, run: Run, generation: int) -> Fields:
        fields = {"roundId": f"{run.name}.round-1", "amount": run.win}
        verdict = self.settle(
            run, "credit", "win-1", fields, generation=generation, attempts=self.most_wins()
        )
        if verdict == "refused":
            self.give_back(run, "bet-1", "round-1", generation)
        return {"step": "credit", "request": fields, "httpStatus": self.claimed(verdict)}

    def most_wins(self) -> int:
        return GIVES_UP_AFTER

    def most_rollbacks(self) -> int:
        return GIVES_UP_AFTER

    def claimed(self, verdict: str) -> int:
        return 200 if verdict == "accepted" else 404

    def shown_balance(self, run: Run, balance: Fields | None) -> int | None:
        return balance["balance"] if balance else None

    def give_back(self, run: Run, bet: str, round_id: str, generation: int) -> None:
        fields = {
            "roundId": f"{run.name}.{round_id}",
            "originalTransactionId": f"{run.name}.{bet}",
        }
        name = f"{bet}.rollback"
        self.settle(
            run, "rollback", name, fields, generation=generation, attempts=self.most_rollbacks()
        )

    # ---- one operation -------------------------------------------------------------------------

    def settle(
        self, run: Run, operation: str, name: str, fields: Fields, *, generation: int, attempts: int
    ) -> str:
        """Ask until there is a decision, and keep it."""
        if name in run.journal:
            return run.journal[name]
        verdict = "in doubt"
        for attempt in range(attempts):
            wanted = self.id(run, name, attempt)
            answer = self.ask(run, operation, wanted, fields, generation)
            verdict = self.verdict(answer, wanted)
            if verdict != "in doubt":
                break
            time.sleep(PAUSE_SECONDS)
        self.keep(run, name, verdict)
        return verdict

    def id(self, run: Run, name: str, attempt: int) -> str:
        return f"{run.name}.{name}"

    def keep(self, run: Run, name: str, verdict: str) -> None:
        run.journal[name] = verdict

    def verdict(self, answer: Fields | None, wanted: str) -> str:
        """``answer`` is None if there was none, or none in the contract's envelope."""
        if answer is None or answer.get("code") in ("BUSY", "INTERNAL_ERROR"):
            return "in doubt"
        if answer["status"] == "error":
            return "refused"
        return "accepted" if self.is_about(answer, wanted) else "in doubt"

    def is_about(self, answer: Fields, wanted: str) -> bool:
        return bool(answer.get("transactionId") == wanted)

    def ask(
        self, run: Run, operation: str, wanted: str, fields: Fields, generation: int
    ) -> Fields | None:
        """Send one signed request. Raises Crashed."""
        if generation != self.generation:
            raise Crashed
        body = {"sessionToken": run.session, **fields}
        if wanted:
            body["transactionId"] = wanted
        content = json.dumps(body).encode()
        connection = http.client.HTTPConnection(
            urlsplit(self.casino).netloc, timeout=PATIENCE_SECONDS
        )
        headers = {"x-casino-signature": self.signature(content)}
        try:
            connection.request("POST", f"/casino/{operation}", content, headers)
            answer = self.read(connection.getresponse().read())
        except (OSError, http.client.HTTPException):
            answer = None
        finally:
            connection.close()
        if generation != self.generation:
            raise Crashed
        return answer

    def read(self, content: bytes) -> Fields | None:
        """Return None if it is not in the contract's envelope."""
        try:
            answer = json.loads(content)
        except ValueError:
            return None
        return answer if isinstance(answer, dict) and "status" in answer else None

    def signature(self, content: bytes) -> str:
        return digest(SECRET, content)


@contextmanager
def serving(provider: Provider) -> Iterator[str]:
    server = _Server(provider)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, provider: Provider) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.provider = provider

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore it: a kit that is interrupted hangs up."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status, answer = 200, None
        if self.path != "/crash" and self.headers.get("x-provider-signature") != digest(
            OTHER_SECRET, body
        ):
            status, answer = 401, {"status": "error", "code": "INVALID_SIGNATURE"}
        else:
            answer = self.server.provider.answer(self.path, json.loads(body))
        if answer is None:
            self.close_connection = True
            return
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Write no log."""
