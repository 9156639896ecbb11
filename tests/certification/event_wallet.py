"""A wallet of the event contract in memory, with the same purses and books as the native one.

A result closes its round; there are no rollbacks, and the wallet has no sessions of its own.
"""

import re
from decimal import Decimal
from urllib.parse import unquote

from tests.certification.door import Answer, Fields, Headers, Refused
from tests.certification.records import Booked, Game, Purse, Session
from tests.certification.wallet import Wallet

_NAMES = {"transactionId": "req_id", "roundId": "round_id"}
_PLAIN = ("session_id", "player_id", "wallet_id", "game_code", "currency")


class EventWallet(Wallet):
    def answer(self, path: str, headers: Headers, body: bytes, *, outside: bool) -> Answer:
        try:
            if path.startswith("/wallet/"):
                return Answer(200, self.shown_wallet(unquote(path.removeprefix("/wallet/"))))
            if path != "/event":
                return super().answer(path, headers, body, outside=outside)
            self.admit(path, headers, body, outside=outside)
            return self.event(self.parse(body))
        except Refused as refused:
            status = refused.status if refused.status == 404 and path != "/event" else 400
            return Answer(status, {"status": "rejected", "reason": refused.body["message"]})

    def shown_wallet(self, player: str) -> Fields:
        purse = self.purses.get(player)
        if purse is None:
            raise Refused(404, "PLAYER_NOT_FOUND")
        held = f"{purse.held // 100}.{purse.held % 100:02}"
        return {
            "player_id": player,
            "wallet_id": self.wallet_id(player),
            "currency": purse.currency,
            "balance": held,
        }

    def event(self, event: Fields) -> Answer:
        operation = {"bet": "debit", "result": "credit"}.get(str(event.get("type")))
        if operation is None:
            raise Refused(400, "INVALID_TYPE")
        for name in (*_NAMES.values(), *_PLAIN):
            self.identifier(event, name)
        fields = {name: event[wire] for name, wire in _NAMES.items()}
        fields |= {name: event[name] for name in _PLAIN}
        answer = self.handle(
            operation,
            {**fields, "sessionToken": event["session_id"], "amount": self.minor(event)},
        )
        return Answer(200, {"status": "success"}, answer.headers)

    def minor(self, event: Fields) -> int:
        text = self.amount_text(event.get("amount"))
        if text is None or not re.fullmatch(r"[0-9]{1,30}(\.[0-9]{1,2})?", text):
            raise Refused(400, "INVALID_AMOUNT")
        return int(Decimal(text) * 100)

    def amount_text(self, amount: object) -> str | None:
        """A number as it was written; few digits survive as a float."""
        is_number = isinstance(amount, int | float) and not isinstance(amount, bool)
        return str(amount) if isinstance(amount, str) or is_number else None

    def wallet_id(self, player: str) -> str:
        return f"w-{player}"

    def session(self, fields: Fields) -> Session:
        """Sessions belong to the sender: the player and the wallet in the event say who plays."""
        purse = self.purse_of(fields["player_id"], fields["wallet_id"])
        game = fields["game_code"]
        self.games.setdefault(game, self.new_game(game))
        return Session(fields["sessionToken"], purse, game)

    def purse_of(self, player: str, wallet: str) -> Purse:
        purse = self.purses.get(player)
        if purse is None or wallet != self.wallet_id(player):
            raise Refused(404, "WALLET_NOT_FOUND")
        return purse

    def new_game(self, game: str) -> Game:
        return Game()

    def content(self, operation: str, fields: Fields, session: Session) -> Fields:
        names = (*_PLAIN, "amount", "roundId")
        return {"operation": operation, **{name: fields.get(name) for name in names}}

    def debit(self, fields: Fields, session: Session) -> Booked:
        self.require_open(session.purse, fields["roundId"])
        return super().debit(fields, session)

    def credit(self, fields: Fields, session: Session) -> Booked:
        self.require_open(session.purse, fields["roundId"])
        return super().credit(fields, session)

    def require_open(self, purse: Purse, round_id: str) -> None:
        if self.of_round("credit", purse, round_id):
            raise Refused(409, "ROUND_SETTLED")
