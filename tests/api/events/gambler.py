"""A player as an aggregator sees it: the events it sends and their results."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from casino.models import Transaction, Wallet
from casino.operations.aggregator import SOURCE
from tests.casino_world import Answer, Receiver, post, request
from tests.factories import CurrencyFactory, WalletFactory, unique


@dataclass(frozen=True, slots=True)
class Gambler:
    """A player with one wallet, who plays a game that nobody has played before."""

    wallet: Wallet
    game_code: str

    @property
    def player_id(self) -> str:
        return str(self.wallet.user.username)

    @property
    def balances(self) -> tuple[int, int]:
        """The playable and redeemable balances now."""
        wallet = Wallet.objects.get(pk=self.wallet.pk)
        return wallet.playable_balance, wallet.redeemable_balance

    def transactions(self) -> list[Transaction]:
        """The transactions that came as events, in order."""
        return list(
            Transaction.objects.filter(wallet=self.wallet, source=SOURCE).order_by("sequence")
        )

    def event(self, type_: str, amount: Any, **fields: Any) -> dict[str, Any]:
        """The fields of an event; ids are fresh unless given."""
        return {
            "type": type_,
            "req_id": unique("req"),
            "round_id": unique("round"),
            "session_id": "session-1",
            "player_id": self.player_id,
            "wallet_id": str(self.wallet.wallet_id),
            "game_code": self.game_code,
            "amount": amount,
            "currency": str(self.wallet.currency_id),
            **fields,
        }

    def bet(self, amount: Any = "10", **fields: Any) -> Answer:
        return send(self.event("bet", amount, **fields))

    def result(self, amount: Any = "8", **fields: Any) -> Answer:
        return send(self.event("result", amount, **fields))


def make_gambler(*, opening: int | None = 100_000, currency: str = "EUR", **user: Any) -> Gambler:
    """``opening``: in minor units, 1,000.00 unless given."""
    exponent = {"JPY": 0, "KWD": 3}.get(currency, 2)
    wallet = WalletFactory(
        currency=CurrencyFactory(code=currency, exponent=exponent),
        opening=opening,
        **{f"user__{name}": value for name, value in user.items()},
    )
    return Gambler(wallet, unique("game"))


def send(
    event: Mapping[str, Any] | bytes,
    headers: Mapping[str, str] | None = None,
    *,
    to: Receiver | None = None,
) -> Answer:
    """Post an event. ``to``: a real server; without one, Django's stack in this process."""
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    return (to.post if to else post)("/event", body, headers or {})


def look_up(path: str, headers: Mapping[str, str] | None = None) -> Answer:
    return request("GET", path, headers=headers)


def accepted(answer: Answer) -> bool:
    return (answer.status, answer.raw) == (200, b'{"status":"success"}')


def reason(answer: Answer, *, status: int = 400) -> str:
    """Why it was rejected; fails if it was not, or not in this family's form."""
    assert answer.status == status, answer
    assert answer.body.keys() == {"status", "reason"}, answer
    assert answer.body["status"] == "rejected"
    text = answer.body["reason"]
    assert isinstance(text, str)
    assert text
    return text
