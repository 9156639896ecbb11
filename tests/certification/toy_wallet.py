"""A wallet of the toy dialect in memory; it shares nothing with the native one.

Every answer is 200; ``error`` says how it went. A win settles the bet that it names, or all open
bets of its round. A rollback of an unknown bet is answered "not found" and bars that bet.
"""

import hashlib
import json
import re
import threading
import uuid
from dataclasses import dataclass, replace
from typing import Any

from tests.certification.door import Answer, Headers

SECRET = "toy-secret"

Fields = dict[str, Any]


class Said(Exception):
    """An answer other than success, with the number of its error."""

    def __init__(self, error: int) -> None:
        super().__init__(error)
        self.error = error


WRONG_SIGNATURE, WRONG, NO_TOKEN, NO_PLAYER, NO_FUNDS, CONFLICT = 1, 2, 3, 4, 5, 6
NO_BET, UNDONE, SETTLED, NOT_ALLOWED, NO_GAME, WRONG_CURRENCY = 7, 8, 9, 10, 11, 12


@dataclass(frozen=True)
class Stake:
    """A bet and its state."""

    amount: int
    hand: str
    state: str = "open"  # open, paid, undone


class ToyWallet:
    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.cash = {"ada": 100_000, "blaise": 100_000, "emmy": 100_000}
        self.tokens: dict[str, str] = {}
        self.games = {"slots", "dice", "limited"}
        self.done: dict[tuple[str, str], Fields] = {}
        self.stakes: dict[tuple[str, str], Stake] = {}
        self.barred: set[tuple[str, str]] = set()
        self.closed: set[tuple[str, str]] = set()

    def answer(self, path: str, headers: Headers, body: bytes, *, outside: bool) -> Answer:
        if len(body) > 65_536:
            return Answer(200, {"error": WRONG})
        if path == "/launch":
            return Answer(200, {"token": self.new_token(json.loads(body)["user"])})
        try:
            with self.lock:
                return Answer(200, {"error": 0, **self.serve(self.verified(body))})
        except Said as said:
            return Answer(200, {"error": said.error})

    def new_token(self, user: str) -> str:
        token = f"toy-{uuid.uuid4().hex}"
        self.tokens[token] = user
        return token

    def verified(self, body: bytes) -> Fields:
        found = re.fullmatch(rb'(.*),"sign":"([^"]*)"([}\]])', body, re.DOTALL)
        if not found:
            raise Said(WRONG_SIGNATURE)
        unsigned = found[1] + found[3]
        if hashlib.md5(unsigned + SECRET.encode()).hexdigest().encode() != found[2]:
            raise Said(WRONG_SIGNATURE)
        try:
            fields = json.loads(unsigned, object_pairs_hook=self.unique)
        except (ValueError, RecursionError):
            raise Said(WRONG) from None
        if not isinstance(fields, dict):
            raise Said(WRONG)
        return fields

    def unique(self, pairs: list[tuple[str, Any]]) -> Fields:
        if len(dict(pairs)) < len(pairs):
            raise Said(WRONG)
        return dict(pairs)

    def serve(self, fields: Fields) -> Fields:
        user = self.player(fields)
        command = getattr(self, f"do_{fields.get('cmd')}", None)
        if command is None:
            raise Said(WRONG)
        if fields["cmd"] in ("cash", "hello"):
            return {**command(user, fields), **self.told(user)}
        key = (user, self.text(fields, "ref"))
        content = {name: value for name, value in fields.items() if name != "token"}
        if key in self.done and fields["cmd"] != "undo" and key in self.barred:
            raise Said(UNDONE)
        if key in self.done:
            if self.done[key] != content:
                raise Said(CONFLICT)
        else:
            command(user, fields)
            self.done[key] = content
        return {"ref": key[1], **self.told(user)}

    def told(self, user: str) -> Fields:
        return {"cash": f"{self.cash[user] // 100}.{self.cash[user] % 100:02}"}

    # ---- fields --------------------------------------------------------------------------------

    def player(self, fields: Fields) -> str:
        token, user = self.text(fields, "token"), self.text(fields, "user")
        purse, game = self.text(fields, "purse"), self.text(fields, "game")
        if token not in self.tokens:
            raise Said(NO_TOKEN)
        if self.tokens[token] != user or purse != f"w-{user}":
            raise Said(NO_PLAYER)
        if game not in self.games:
            raise Said(NO_GAME)
        return user

    def text(self, fields: Fields, name: str) -> str:
        value = fields.get(name)
        if not isinstance(value, str) or not value or not value.isprintable():
            raise Said(WRONG)
        return value

    def sum(self, fields: Fields, name: str = "sum") -> int:
        value = fields.get(name)
        if fields.get("cur", "EUR") != "EUR":
            raise Said(WRONG_CURRENCY)
        if "cur" not in fields or not isinstance(value, str):
            raise Said(WRONG)
        if not re.fullmatch(r"[0-9]{1,18}\.[0-9]{2}", value, re.ASCII):
            raise Said(WRONG)
        return int(value.replace(".", ""))

    # ---- commands ------------------------------------------------------------------------------

    def do_cash(self, user: str, fields: Fields) -> Fields:
        return {}

    def do_hello(self, user: str, fields: Fields) -> Fields:
        self.forget(fields["token"])
        return {"token": self.new_token(user)}

    def forget(self, token: str) -> None:
        del self.tokens[token]

    def do_stake(self, user: str, fields: Fields) -> None:
        amount, hand = self.sum(fields), self.text(fields, "hand")
        key = (user, self.text(fields, "ref"))
        if key in self.barred:
            raise Said(UNDONE)
        if (user, hand) in self.closed:
            raise Said(SETTLED)
        taken = 0 if fields.get("gift") is True else amount
        self.take(user, taken)
        self.stakes[key] = Stake(taken, hand)

    def take(self, user: str, amount: int) -> None:
        if amount > self.cash[user]:
            raise Said(NO_FUNDS)
        self.cash[user] -= amount

    def do_pay(self, user: str, fields: Fields) -> None:
        amount, hand = self.sum(fields), self.text(fields, "hand")
        if (user, hand) in self.closed:
            raise Said(SETTLED)
        named = fields.get("stake_ref")
        keys = [
            key
            for key, stake in self.stakes.items()
            if key[0] == user and stake.hand == hand and named in (None, key[1])
        ]
        standing = [key for key in keys if self.stakes[key].state == "open"]
        if not keys:
            raise Said(NO_BET)
        if not standing:
            undone = all(self.stakes[key].state == "undone" for key in keys)
            raise Said(UNDONE if undone else SETTLED)
        for key in standing:
            self.stakes[key] = replace(self.stakes[key], state="paid")
        self.cash[user] += amount

    def do_spin(self, user: str, fields: Fields) -> None:
        self.text(fields, "hand")
        stake, gain = self.sum(fields), self.sum(fields, "gain")
        self.take(user, stake)
        self.cash[user] += gain

    def do_prize(self, user: str, fields: Fields) -> None:
        self.cash[user] += self.sum(fields)

    def do_pot(self, user: str, fields: Fields) -> None:
        self.cash[user] += self.sum(fields)

    def do_close(self, user: str, fields: Fields) -> None:
        self.closed.add((user, self.text(fields, "hand")))

    def do_many(self, user: str, fields: Fields) -> None:
        before = dict(self.cash), dict(self.stakes), dict(self.done)
        try:
            for part in fields["all"]:
                self.serve(part)
        except Said:
            self.undo_list(*before)
            raise

    def undo_list(self, cash: Any, stakes: Any, done: Any) -> None:
        self.cash, self.stakes, self.done = cash, stakes, done

    def do_undo(self, user: str, fields: Fields) -> None:
        key = (user, self.text(fields, "stake_ref"))
        if key not in self.stakes:
            if key in self.done:
                raise Said(NOT_ALLOWED)
            self.barred.add(key)
            raise Said(NO_BET)
        stake = self.stakes[key]
        if stake.state == "paid":
            raise Said(SETTLED)
        if stake.state == "open":
            self.cash[user] += stake.amount
        self.stakes[key] = replace(stake, state="undone")
