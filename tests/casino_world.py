"""A player at a game, as a provider sees it: signed callbacks and what came of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.test import Client

from casino.models import GameSession, Transaction, Wallet
from config.wire.signing import CASINO_SIGNATURE, sign
from tests.factories import GameSessionFactory, unique
from tests.schema_check import assert_documented


@dataclass(frozen=True, slots=True)
class Answer:
    """What a caller got."""

    status: int
    body: dict[str, Any]
    raw: bytes
    headers: Mapping[str, str]

    @property
    def code(self) -> str | None:
        return self.body.get("code")

    @property
    def is_replay(self) -> bool:
        return self.headers.get("Idempotent-Replayed") == "true"


@dataclass(frozen=True, slots=True)
class Play:
    """One session and the secret of its provider. ``send`` signs, as the provider would."""

    session: GameSession
    secret: bytes

    @property
    def token(self) -> str:
        return str(self.session.token)

    @property
    def wallet_pk(self) -> int:
        return self.session.wallet_id

    @property
    def wallet(self) -> Wallet:
        """The wallet as it is now."""
        return Wallet.objects.get(pk=self.wallet_pk)

    @property
    def balances(self) -> tuple[int, int]:
        """Playable and redeemable, now."""
        wallet = self.wallet
        return wallet.playable_balance, wallet.redeemable_balance

    def transactions(self) -> list[Transaction]:
        """The wallet's transactions after its opening, in order."""
        return list(
            Transaction.objects.filter(wallet_id=self.wallet_pk)
            .exclude(kind="OPENING")
            .order_by("sequence")
        )

    def send(self, callback: str, fields: Mapping[str, Any] | bytes) -> Answer:
        """Sign and post a callback of this session's provider, named by header."""
        body = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
        return post(
            f"/casino/{callback}",
            body,
            {
                CASINO_SIGNATURE: sign((self.secret,), body),
                "x-provider-code": self.session.provider.code,
            },
        )

    def balance(self) -> Answer:
        return self.send("getBalance", {"sessionToken": self.token})

    def debit(self, amount: int = 100, **fields: Any) -> Answer:
        return self.send("debit", self.movement(amount, **fields))

    def credit(self, amount: int = 100, **fields: Any) -> Answer:
        return self.send("credit", self.movement(amount, **fields))

    def rollback(self, original: str, **fields: Any) -> Answer:
        return self.send(
            "rollback",
            {
                "sessionToken": self.token,
                "transactionId": unique("rollback"),
                "originalTransactionId": original,
                **fields,
            },
        )

    def movement(self, amount: int, **fields: Any) -> dict[str, Any]:
        """The fields of a debit or credit; ids are fresh unless given."""
        return {
            "sessionToken": self.token,
            "transactionId": unique("transaction"),
            "roundId": unique("round"),
            "amount": amount,
            **fields,
        }


def make_play(**session: Any) -> Play:
    """A session of a provider, game, player and wallet that no other test has."""
    made = GameSessionFactory(**session)
    made.refresh_from_db()
    return Play(made, str(made.provider.casino_secret).encode())


def post(
    path: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    content_type: str = "application/json",
) -> Answer:
    """POST through Django's whole stack, in process."""
    response = Client(SERVER_NAME="localhost").post(
        path, body, content_type=content_type, headers=dict(headers or {})
    )
    assert_documented(
        "POST", path, response.status_code, response.content, response.headers, request_body=body
    )
    try:
        decoded = json.loads(response.content)
    except ValueError:
        decoded = {}
    return Answer(response.status_code, decoded, response.content, dict(response.headers))
