"""A wallet of the native contract in memory, without faults; standard library only.

Each mutant overrides one of its small methods.
"""

import contextlib
import json
import threading
import uuid
from collections.abc import Iterator
from typing import Any

from tests.certification.door import Answer, Door, Fields, Headers, Refused
from tests.certification.records import Booked, Game, Purse, Session


class Wallet(Door):
    """The contract, with one lock around everything."""

    def __init__(self) -> None:
        super().__init__()
        self.lock: Any = threading.RLock()
        self.purses = {
            name: Purse(name, "EUR", 100_000, 30_000) for name in ("ada", "blaise", "emmy")
        }
        self.games = {"slots": Game(), "limited": Game(10, 5_000), "dice": Game()}
        self.sessions: dict[str, Session] = {}
        self.books: dict[str, Booked] = {}
        self.tombstones: set[str] = set()

    # ---- requests ------------------------------------------------------------------------------

    def answer(self, path: str, headers: Headers, body: bytes, *, outside: bool) -> Answer:
        try:
            if path.startswith("/hooks/"):
                return Answer(200, self.hook(path.removeprefix("/hooks/"), json.loads(body)))
            if path == "/casino/launchGame":
                return Answer(200, self.launch(json.loads(body)))
            self.admit(path, headers, body, outside=outside)
            return self.handle(path.removeprefix("/casino/"), self.parse(body))
        except Refused as refused:
            return Answer(refused.status, refused.body)

    def handle(self, operation: str, fields: Fields) -> Answer:
        if operation == "getBalance":
            return Answer(200, self.balance(fields))
        if operation not in ("debit", "credit", "rollback"):
            raise Refused(404, "NOT_FOUND")
        self.validate(operation, fields)
        with self.locked():
            session = self.session(fields)
            replay = self.replay(operation, fields, session)
            if replay is not None:
                return Answer(200, replay, {"Idempotent-Replayed": "true"})
            booked = {"debit": self.debit, "credit": self.credit, "rollback": self.rollback}[
                operation
            ](fields, session)
            self.keep(fields["transactionId"], booked)
            return Answer(200, booked.answer)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        with self.lock:
            yield

    def session(self, fields: Fields) -> Session:
        session = self.sessions.get(fields["sessionToken"])
        if session is None:
            raise Refused(404, "SESSION_NOT_FOUND")
        return session

    # ---- idempotency ---------------------------------------------------------------------------

    def content(self, operation: str, fields: Fields, session: Session) -> Fields:
        names = ("amount", "roundId", "originalTransactionId")
        told = {name: fields.get(name) for name in names}
        return {**told, "operation": operation, "player": session.purse.player}

    def replay(self, operation: str, fields: Fields, session: Session) -> Fields | None:
        if operation == "debit" and self.is_barred(fields["transactionId"]):
            raise Refused(409, "TRANSACTION_ROLLED_BACK")
        booked = self.books.get(fields["transactionId"])
        if booked is None:
            return None
        if booked.content != self.content(operation, fields, session):
            raise Refused(409, "TRANSACTION_CONFLICT")
        return self.stored(booked)

    def stored(self, booked: Booked) -> Fields:
        return booked.answer

    def keep(self, transaction: str, booked: Booked) -> None:
        self.books[transaction] = booked

    # ---- operations ----------------------------------------------------------------------------

    def balance(self, fields: Fields) -> Fields:
        self.identifier(fields, "sessionToken")
        with self.locked():
            purse = self.session(fields).purse
            return {
                "status": "success",
                "playerId": purse.player,
                "currency": purse.currency,
                "balance": purse.held,
                "playableBalance": purse.held,
                "redeemableBalance": purse.redeemable,
            }

    def debit(self, fields: Fields, session: Session) -> Booked:
        self.check_currency(fields, session)
        self.may_bet(session, fields["amount"])
        return self.take(fields, session)

    def may_bet(self, session: Session, amount: int) -> None:
        game = self.games[session.game]
        if session.purse.is_blocked:
            raise Refused(403, "PLAYER_BLOCKED")
        self.may_play(session.purse, amount)
        if not game.is_active:
            raise Refused(403, "GAME_INACTIVE")
        if not session.is_active:
            raise Refused(403, "SESSION_INACTIVE")
        self.check_stake(game, amount)
        if amount > session.purse.held:
            raise Refused(402, "INSUFFICIENT_FUNDS", balance=session.purse.held)

    def may_play(self, purse: Purse, amount: int) -> None:
        if purse.is_excluded:
            raise Refused(403, "SELF_EXCLUDED")
        if purse.may_lose is not None and amount > purse.may_lose:
            raise Refused(403, "LIMIT_REACHED")

    def check_stake(self, game: Game, amount: int) -> None:
        if amount < game.least or (game.most is not None and amount > game.most):
            raise Refused(422, "BET_LIMIT")

    def check_currency(self, fields: Fields, session: Session) -> None:
        if fields.get("currency") not in (None, session.purse.currency):
            raise Refused(400, "CURRENCY_MISMATCH")

    def take(self, fields: Fields, session: Session) -> Booked:
        purse, amount = session.purse, fields["amount"]
        split = max(0, amount - (purse.held - purse.redeemable))
        self.move(purse, -amount, -split)
        return self.book("debit", fields, session, amount, split=split)

    def credit(self, fields: Fields, session: Session) -> Booked:
        self.check_currency(fields, session)
        self.require_bet(fields, session)
        self.move(session.purse, fields["amount"], fields["amount"])
        return self.book("credit", fields, session, fields["amount"])

    def require_bet(self, fields: Fields, session: Session) -> None:
        bets = self.of_round("debit", session.purse, fields["roundId"])
        if not bets:
            raise Refused(404, "BET_NOT_FOUND")
        if all(bet.is_returned for bet in bets):
            raise Refused(409, "TRANSACTION_ROLLED_BACK")

    def rollback(self, fields: Fields, session: Session) -> Booked:
        original = fields["originalTransactionId"]
        bet = None if original in self.tombstones else self.books.get(original)
        if bet is None:
            self.bar(original)
            return self.book("rollback", fields, session, 0, tombstone=True)
        self.may_return(bet, fields, session)
        if bet.is_returned:
            return self.book("rollback", fields, session, 0)
        self.give_back(bet, fields)
        return self.book("rollback", fields, session, bet.amount, rolled_back=True)

    def may_return(self, bet: Booked, fields: Fields, session: Session) -> None:
        if bet.operation != "debit" or bet.purse is not session.purse:
            raise Refused(409, "ROLLBACK_NOT_ALLOWED")
        if fields.get("roundId") not in (None, bet.round):
            raise Refused(409, "ROLLBACK_NOT_ALLOWED")
        if not bet.is_returned and self.of_round("credit", bet.purse, bet.round):
            raise Refused(409, "ROUND_SETTLED")

    def give_back(self, bet: Booked, fields: Fields) -> None:
        bet.is_returned = True
        self.move(bet.purse, bet.amount, bet.split)

    def bar(self, transaction: str) -> None:
        self.tombstones.add(transaction)

    def is_barred(self, transaction: str) -> bool:
        return transaction in self.tombstones

    def move(self, purse: Purse, amount: int, redeemable: int) -> None:
        purse.held += amount
        purse.redeemable += redeemable
        if purse.may_lose is not None:
            purse.may_lose += amount

    def of_round(self, operation: str, purse: Purse, round_id: str) -> list[Booked]:
        return [
            booked
            for booked in self.books.values()
            if (booked.operation, booked.round) == (operation, round_id) and booked.purse is purse
        ]

    def book(
        self,
        operation: str,
        fields: Fields,
        session: Session,
        amount: int,
        *,
        split: int = 0,
        rolled_back: bool = False,
        tombstone: bool = False,
    ) -> Booked:
        answer = {
            "status": "success",
            "transactionId": fields["transactionId"],
            "casinoTransactionId": str(uuid.uuid4()),
            "roundId": fields.get("roundId"),
            "amount": amount,
            "currency": session.purse.currency,
            "balance": session.purse.held,
        }
        if operation == "rollback":
            answer["originalTransactionId"] = fields["originalTransactionId"]
            answer |= {"rolledBack": rolled_back, "tombstone": tombstone}
        content = self.content(operation, fields, session)
        round_id = fields.get("roundId") or ""
        return Booked(
            operation, content, session.purse, round_id, amount, answer, split, session.token
        )

    # ---- the operator --------------------------------------------------------------------------

    def launch(self, fields: Fields) -> Fields:
        purse = self.purses[fields["playerId"]]
        session = Session(f"token-{uuid.uuid4().hex}", purse, fields["gameId"])
        self.sessions[session.token] = session
        return {"status": "success", "sessionToken": session.token}

    def hook(self, name: str, named: Fields) -> Fields:
        match name:
            case "block_player" | "unblock_player":
                self.purses[named["player"]].is_blocked = name == "block_player"
            case "end_session":
                self.sessions[named["session"]].is_active = False
            case "withdraw_game" | "restore_game":
                self.games[named["game"]].is_active = name == "restore_game"
            case "limit_losses" | "unlimit_losses":
                limited = name == "limit_losses"
                self.purses[named["player"]].may_lose = int(named["amount"]) if limited else None
            case "exclude_player" | "readmit_player":
                self.purses[named["player"]].is_excluded = name == "exclude_player"
            case "restart":
                self.restart()
        return {}

    def restart(self) -> None:
        """Keep everything that is booked."""
