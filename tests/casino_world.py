"""A player at a game as a provider sees it: it sends signed callbacks and reads the answers."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import connection
from django.test import Client

from casino.ledger.post import post as post_operation
from casino.models import GameSession, Transaction, Wallet
from casino.operations.holdings import Holding, TopUp
from config.wire.signing import CASINO_SIGNATURE, sign
from tests.factories import GameSessionFactory, unique
from tests.schema_check import assert_documented


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer that a caller got."""

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


class Receiver(Protocol):
    """Something that takes a request: a server."""

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Answer: ...
    def request(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> Answer: ...


served_by: Receiver | None = None
"""The server that gets the requests of ``request``; None stands for Django in this process."""


@dataclass(frozen=True, slots=True)
class Play:
    """One session and its provider's secret. ``send`` signs as the provider would."""

    session: GameSession
    secret: bytes

    @property
    def token(self) -> str:
        return str(self.session.session_token)

    @property
    def wallet_pk(self) -> int:
        return self.session.wallet_id

    @property
    def wallet(self) -> Wallet:
        """The wallet as it is now."""
        return Wallet.objects.get(pk=self.wallet_pk)

    @property
    def balances(self) -> tuple[int, int]:
        """The playable and redeemable balances now."""
        wallet = self.wallet
        return wallet.playable_balance, wallet.redeemable_balance

    def transactions(self) -> list[Transaction]:
        """The wallet's transactions after its opening, in order."""
        return list(
            Transaction.objects.filter(wallet_id=self.wallet_pk)
            .exclude(transaction_type="OPENING")
            .order_by("sequence")
        )

    def send(
        self, callback: str, fields: Mapping[str, Any] | bytes, *, to: "Receiver | None" = None
    ) -> Answer:
        """Sign and post a callback of this session's provider, which a header names.

        ``to`` is a real server; without it, the request goes through Django in this process.
        """
        body = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
        return (to.post if to else post)(f"/casino/{callback}", body, self.headers(body))

    def headers(self, body: bytes) -> dict[str, str]:
        """The signature of ``body``, and the provider's code."""
        return {
            CASINO_SIGNATURE: sign((self.secret,), body),
            "x-provider-code": self.session.provider.code,
        }

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

    def bet(self, amount: int = 100, **fields: Any) -> dict[str, Any]:
        """Make an accepted debit and return what was sent."""
        sent = self.movement(amount, **fields)
        assert self.send("debit", sent).status == 200
        return sent

    def win(self, bet: Mapping[str, Any], amount: int = 100, **fields: Any) -> dict[str, Any]:
        """Make an accepted credit in the round of ``bet`` and return what was sent."""
        sent = self.movement(amount, roundId=bet["roundId"], **fields)
        assert self.send("credit", sent).status == 200
        return sent

    def top_up(self, amount: int, external_id: str = "") -> None:
        """Top the wallet up with money that can be played with."""
        holding = Holding(self.session.user.username, self.session.wallet.currency_id)
        operation = TopUp(
            external_id=external_id or unique("top-up"), holding=holding, amount=amount
        )
        post_operation(operation, answer=lambda _receipt: "")

    def beside(self, **session: Any) -> "Play":
        """Another session of the same player and provider, on the same wallet unless given."""
        own = self.session
        return make_play(**{"user": own.user, "wallet": own.wallet, "game": own.game, **session})

    def movement(self, amount: int, **fields: Any) -> dict[str, Any]:
        """The fields of a debit or credit, with new ids unless they are given."""
        return {
            "sessionToken": self.token,
            "transactionId": unique("transaction"),
            "roundId": unique("round"),
            "amount": amount,
            **fields,
        }


wallets_in_play: set[int] = set()
"""The wallets of the sessions made since the test began."""


def make_play(**session: Any) -> Play:
    """A session with a provider, game, player and wallet that no other test has."""
    made = GameSessionFactory(**session)
    made.refresh_from_db()
    wallets_in_play.add(made.wallet_id)
    return Play(made, str(made.provider.secret_key).encode())


def post(
    path: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    content_type: str = "application/json",
) -> Answer:
    """POST through the whole Django stack, in this process."""
    return request("POST", path, body, headers, content_type)


def request(
    method: str,
    path: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    content_type: str = "application/json",
) -> Answer:
    """Send a request to Django, or to ``served_by``; the API document must allow its answer."""
    headers = {"Content-Type": content_type, **(headers or {})}
    answer = (served_by.request if served_by else _here)(method, path, body, headers)
    assert_documented(method, path, answer.status, answer.raw, answer.headers, request_body=body)
    return answer


def _here(method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    response = Client(SERVER_NAME="localhost").generic(method, path, body, headers=headers)
    try:
        decoded = json.loads(response.content)
    except ValueError:
        decoded = {}
    return Answer(response.status_code, decoded, response.content, dict(response.headers))


_EVERYTHING = """
SELECT
    (SELECT count(*) FROM casino_transactions), (SELECT count(*) FROM casino_ledger_entries),
    (SELECT count(*) FROM casino_game_sessions), (SELECT count(*) FROM casino_simulation_runs),
    (SELECT count(*) FROM casino_users), (SELECT count(*) FROM casino_games),
    (SELECT (count(*), sum(playable_balance), sum(redeemable_balance), sum(version))::text
     FROM casino_wallets)
"""


@contextmanager
def nothing_written() -> Iterator[None]:
    """The block must leave every table of play and money as it was."""
    before = _everything()
    yield
    assert _everything() == before


def _everything() -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(_EVERYTHING)
        return tuple(cursor.fetchone())
