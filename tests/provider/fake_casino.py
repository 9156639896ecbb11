"""A small casino on real HTTP that can misbehave: the stand-in for tests of faults on the wire.

It follows the contract's rules for money and keeps its books in dictionaries. Tests can see what it
was asked and what it did.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.provider.fake_casino_http import Asked, Handler, Listener
from tests.provider.misbehaviour import Body, Fault


@dataclass(frozen=True)
class Booked:
    """An operation that was carried out, in the casino's books."""

    path: str
    content: Body
    answer: Body
    session_token: str
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


class Refused(Exception):
    def __init__(self, status: int, code: str, **extra: Any) -> None:
        self.status = status
        self.body = {"status": "error", "code": code, "message": code.lower(), **extra}


class FakeCasino:
    """Its wallets are found by session token. It shares no code with the real casino."""

    def __init__(self, secret: str) -> None:
        self.secret = secret.encode()
        self.balances: dict[str, int] = {}
        self.asked: list[Asked] = []
        self.on_request: Callable[[str, Body], None] = lambda path, body: None
        self._faults: dict[str, list[Fault]] = defaultdict(list)
        self.books: dict[str, Booked] = {}
        self.rolled_back: set[str] = set()
        self.players: dict[str, str] = {}
        self.shown: Callable[[Body], Body] = lambda page: page
        self.currency: Body = {"currency": "EUR", "exponent": 2}
        self._lock = threading.RLock()
        self._under_way: list[threading.Timer] = []
        self._server = Listener(("127.0.0.1", 0), Handler)
        self._server.casino = self

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def serving(self) -> Iterator["FakeCasino"]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    # ---- for tests: what goes wrong, and what was asked ------------------------------------

    def misbehave(self, operation: str, *faults: Fault) -> None:
        """The next requests for ``operation`` meet these faults, one each."""
        self._faults[operation].extend(faults)

    def behave(self) -> None:
        """No further request meets a fault."""
        self._faults.clear()

    def requests(self, operation: str | None = None) -> list[Asked]:
        return [one for one in self.asked if operation in (None, one.path.rpartition("/")[2])]

    def moved(self, kind: str) -> list[str]:
        """The ids of the operations of this kind that were carried out, in order."""
        return [name for name, booked in self.books.items() if booked.path.endswith(kind)]

    @property
    def tombstones(self) -> set[str]:
        return self.rolled_back - set(self.books)

    def next_fault(self, path: str) -> Fault | None:
        with self._lock:
            faults = self._faults[path.rpartition("/")[2]]
            return faults.pop(0) if faults else None

    def deliver_later(self, seconds: float, path: str, body: Body) -> None:
        timer = threading.Timer(seconds, self.answer, (path, body))
        timer.start()
        self._under_way.append(timer)

    def wait_for_stragglers(self) -> None:
        """Wait until every request that is still under way has arrived."""
        for timer in self._under_way:
            timer.join()
        while any(thread.name.startswith("answering") for thread in threading.enumerate()):
            time.sleep(0.01)

    # ---- the contract ----------------------------------------------------------------------

    def answer(self, path: str, body: Body) -> tuple[int, Body, bool]:
        """Status, body, and whether it is a replay."""
        with self._lock:
            try:
                if path.endswith("getBalance"):
                    return 200, self._balance(body), False
                if path.endswith("transactions"):
                    return 200, self.shown(self._feed(body)), False
                return self._once(path, body)
            except Refused as refused:
                return refused.status, refused.body, False

    def _balance(self, body: Body) -> Body:
        balance = self._wallet(body)
        return {
            "status": "success",
            **self.currency,
            "balance": balance,
            "playableBalance": balance,
            "redeemableBalance": 0,
        }

    def _once(self, path: str, body: Body) -> tuple[int, Body, bool]:
        name = body["transactionId"]
        content = {key: value for key, value in body.items() if key != "sessionToken"}
        if name in self.books:
            booked = self.books[name]
            if (booked.path, booked.content) != (path, content):
                raise Refused(409, "TRANSACTION_CONFLICT")
            return 200, booked.answer, True
        self._wallet(body)
        operation = path.rpartition("/")[2]
        extra = {"debit": self._debit, "credit": self._credit, "rollback": self._rollback}[
            operation
        ](body)
        answer = {
            "status": "success",
            "transactionId": name,
            "casinoTransactionId": f"c-{len(self.books) + 1}",
            "roundId": body["roundId"],
            "amount": body.get("amount", 0),
            "currency": "EUR",
            "balance": self._wallet(body),
            **extra,
        }
        self.books[name] = Booked(path, content, answer, body["sessionToken"])
        return 200, answer, False

    def _debit(self, body: Body) -> Body:
        balance = self._wallet(body)
        if body["transactionId"] in self.rolled_back:
            raise Refused(409, "TRANSACTION_ROLLED_BACK")
        if balance < body["amount"]:
            raise Refused(402, "INSUFFICIENT_FUNDS", balance=balance)
        self.balances[body["sessionToken"]] = balance - body["amount"]
        return {}

    def _credit(self, body: Body) -> Body:
        bets = self._of_round("/casino/debit", body["roundId"])
        if not bets:
            raise Refused(404, "BET_NOT_FOUND")
        if all(name in self.rolled_back for name in bets):
            raise Refused(409, "TRANSACTION_ROLLED_BACK")
        self.balances[body["sessionToken"]] += body["amount"]
        return {}

    def _rollback(self, body: Body) -> Body:
        original = body["originalTransactionId"]
        extra: Body = {"originalTransactionId": original, "rolledBack": False, "tombstone": False}
        if original not in self.books:
            extra["tombstone"] = original not in self.rolled_back
        elif self._of_round("/casino/credit", body["roundId"]):
            raise Refused(409, "ROUND_SETTLED")
        elif original not in self.rolled_back:
            self.balances[body["sessionToken"]] += self.books[original].content["amount"]
            extra |= {"rolledBack": True, "amount": self.books[original].content["amount"]}
        self.rolled_back.add(original)
        return extra

    def _feed(self, body: Body) -> Body:
        rows = sorted(map(self._told, {*self.books, *self.tombstones}), key=_moment_of)
        if "transactionIds" in body:
            rows = [row for row in rows if row["transactionId"] in body["transactionIds"]]
            return {"status": "success", "transactions": rows, "next": None}
        begin, end = (datetime.fromisoformat(body[name]) for name in ("from", "to"))
        rows = [row for row in rows if begin <= _moment_of(row) < end]
        first = int(body.get("after", 0))
        last = first + body.get("limit", 500)
        following = str(last) if len(rows) > last else None
        return {"status": "success", "transactions": rows[first:last], "next": following}

    def _told(self, name: str) -> Body:
        laid = [each for each in self.books.values() if _bet_of(each) == name]
        booked = self.books.get(name) or laid[0]
        kind = booked.path.rpartition("/")[2].upper() if name in self.books else "DEBIT"
        is_debit = kind == "DEBIT"
        related = {} if is_debit or not _bet_of(booked) else {_NAMES[kind]: _bet_of(booked)}
        return {
            "transactionId": name,
            "casinoTransactionId": booked.answer["casinoTransactionId"],
            "kind": kind,
            "playerId": self.players[booked.session_token],
            "roundId": booked.content["roundId"],
            "amount": booked.answer["amount"] if name in self.books else 0,
            "currency": "EUR",
            "balance": booked.answer["balance"],
            "rolledBack": name in self.rolled_back & set(self.books)
            if is_debit
            else booked.answer.get("rolledBack", False),
            "tombstone": name not in self.books or booked.answer.get("tombstone", False),
            "createdAt": booked.at.isoformat(),
            **related,
        }

    def _wallet(self, body: Body) -> int:
        try:
            return self.balances[body["sessionToken"]]
        except KeyError:
            raise Refused(404, "SESSION_NOT_FOUND") from None

    def _of_round(self, path: str, round_id: str) -> list[str]:
        return [
            name
            for name, booked in self.books.items()
            if booked.path == path and booked.content["roundId"] == round_id
        ]


_NAMES = {"CREDIT": "relatedTransactionId", "ROLLBACK": "originalTransactionId"}


def _bet_of(booked: Booked) -> str | None:
    content = booked.content
    bet: str | None = content.get("originalTransactionId") or content.get("relatedTransactionId")
    return bet


def _moment_of(row: Body) -> datetime:
    return datetime.fromisoformat(row["createdAt"])
