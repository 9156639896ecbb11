"""A tiny wallet that is not ours, in plain Python: two players, with sessions made by hand."""

import base64
import hashlib
import hmac
import json
import threading
from typing import Any

from tests.certification.door import Answer, Headers

BASE = "/acme/v3/"
SECRET = "acme-secret"
SESSIONS = {"sid-ada-1": "ada", "sid-ada-2": "ada", "sid-bob-1": "bob"}


class QuirkyWallet:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.cash = {"ada": 50_000, "bob": 50_000}
        self.done: dict[str, tuple[list[Any], dict[str, Any]]] = {}
        self.bets: dict[str, dict[str, Any]] = {}
        self.wins: set[tuple[str, str]] = set()
        self.void: set[str] = set()

    def answer(self, path: str, headers: Headers, body: bytes, *, outside: bool) -> Answer:
        right = base64.b64encode(hmac.digest(SECRET.encode(), body, hashlib.sha512)).decode()
        if [value for name, value in headers if name == "X-Acme-Sign"] != [right]:
            return Answer(403, {"ok": False, "why": "SIGN"})
        try:
            fields = json.loads(body, object_pairs_hook=_once)
            with self.lock:
                status, told = self.serve(path, fields)
        except (ValueError, KeyError, TypeError, RecursionError):
            status, told = 400, {"ok": False, "why": "FORMAT"}
        return Answer(status, told)

    def serve(self, path: str, fields: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        player = SESSIONS.get(fields["sid"])
        if player is None:
            return 404, {"ok": False, "why": "SID"}
        if path == f"{BASE}funds":
            return 200, {"ok": True, "cash": self.cash[player]}
        tx = _text(fields["tx"])
        content = [path, player, *(fields.get(name) for name in ("hand_no", "cents", "tx_void"))]
        if path == f"{BASE}take" and tx in self.void and tx not in self.bets:
            return 409, {"ok": False, "why": "NO_BET"}
        if tx in self.done:
            first, told = self.done[tx]
            return (200, told) if first == content else (409, {"ok": False, "why": "TWICE"})
        why = {"take": self.take, "give": self.give, "void": self.roll_back}[
            path.rsplit("/", maxsplit=1)[-1]
        ](player, tx, fields)
        if why:
            return 402 if why == "FUNDS" else 400, {"ok": False, "why": why}
        told = {"ok": True, "cash": self.cash[player], "tx": tx}
        self.done[tx] = content, told
        return 200, told

    def take(self, player: str, tx: str, fields: dict[str, Any]) -> str:
        cents, hand = _cents(fields["cents"], 1), _text(fields["hand_no"])
        if cents > self.cash[player]:
            return "FUNDS"
        self.cash[player] -= cents
        self.bets[tx] = {"player": player, "hand": hand, "cents": cents}
        return ""

    def give(self, player: str, tx: str, fields: dict[str, Any]) -> str:
        cents, hand = _cents(fields["cents"], 0), _text(fields["hand_no"])
        standing = [name for name in self.bets if name not in self.void]
        if all((self.bets[name]["player"], self.bets[name]["hand"]) != (player, hand)
               for name in standing):  # fmt: skip
            return "NO_BET"
        self.cash[player] += cents
        self.wins.add((player, hand))
        return ""

    def roll_back(self, player: str, tx: str, fields: dict[str, Any]) -> str:
        bet = self.bets.get(_text(fields["tx_void"]))
        if bet is None and fields["tx_void"] in self.done:
            return "PAID"
        if bet is not None and fields["tx_void"] not in self.void:
            if bet["player"] != player or (player, bet["hand"]) in self.wins:
                return "PAID"
            self.cash[player] += bet["cents"]
        self.void.add(fields["tx_void"])
        return ""


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(value)
    return value


def _cents(value: Any, least: int) -> int:
    if type(value) is not int or not least <= value < 2**62:
        raise ValueError(value)
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError(pairs)
    return dict(pairs)
