"""A user of the wallet service: what the user holds, and what a client sends for the user."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from casino.models import Currency, LedgerEntry, Transaction, User, Wallet
from tests.casino_world import Answer, Receiver, request
from tests.factories import CurrencyFactory, UserFactory, WalletFactory, unique

ASSETS = {
    "GOLD_COINS": ("GC", "Gold Coins", 0),
    "DIAMONDS": ("DI", "Diamonds", 0),
    "LOYALTY_POINTS": ("LP", "Loyalty Points", 0),
    "TEST_CREDITS": ("TC", "Test Credits", 2),
}
"""The three assets, and one with decimals: short code, name, exponent."""


def make_assets() -> None:
    """Make the assets as the demo has them, whichever of them another test has made."""
    for code, (short_code, name, exponent) in ASSETS.items():
        Currency.objects.update_or_create(
            code=code,
            defaults={
                "short_code": short_code,
                "name": name,
                "exponent": exponent,
                "is_asset": True,
                "is_redeemable": False,
            },
        )


@dataclass(frozen=True, slots=True)
class Holder:
    """A user with a wallet of one asset. Requests name the asset by its long code."""

    user_id: str
    asset_code: str

    @property
    def wallet(self) -> Wallet:
        """The wallet as it is now."""
        return Wallet.objects.get(user__username=self.user_id, currency_id=self.asset_code)

    @property
    def balance(self) -> int:
        return self.wallet.playable_balance

    def transactions(self) -> list[Transaction]:
        """The wallet's transactions after its opening, in order."""
        found = Transaction.objects.filter(wallet=self.wallet).exclude(transaction_type="OPENING")
        return list(found.order_by("sequence"))

    def path(self, what: str) -> str:
        return f"/api/v1/wallets/{self.user_id}/{what}"

    def movement(self, amount: Any = 100, **fields: Any) -> dict[str, Any]:
        """The fields of a top-up; the reference is fresh unless given."""
        return {
            "user_id": self.user_id,
            "asset_code": self.asset_code,
            "amount": amount,
            "reference_id": unique("reference"),
            **fields,
        }

    def top_up(self, amount: Any = 100, **fields: Any) -> Answer:
        return send("/api/v1/wallets/topup", self.movement(amount, **fields))

    def bonus(self, amount: Any = 100, **fields: Any) -> Answer:
        return send(
            "/api/v1/wallets/bonus", self.movement(amount, **{"bonus_type": "daily", **fields})
        )

    def spend(self, amount: Any = 100, **fields: Any) -> Answer:
        return send(
            "/api/v1/wallets/spend", self.movement(amount, **{"item_id": "sword", **fields})
        )

    def add_funds(self, amount: Any = 100, **headers: str | None) -> Answer:
        return self.funds("add-funds", amount, **headers)

    def remove_funds(self, amount: Any = 100, **headers: str | None) -> Answer:
        return self.funds("remove-funds", amount, **headers)

    def funds(
        self, what: str, amount: Any, *, to: "Receiver | None" = None, **headers: str | None
    ) -> Answer:
        """``headers``: ``key`` is fresh unless given, ``if_match`` optional; None omits one."""
        sent = {
            "Idempotency-Key": headers.get("key", unique("key")),
            "If-Match": headers.get("if_match"),
        }
        return send(
            self.path(what),
            {"asset_code": self.asset_code, "amount": amount},
            {name: value for name, value in sent.items() if value is not None},
            to=to,
        )


def make_holder(opening: int = 1_000, asset_code: str = "GOLD_COINS") -> Holder:
    """A user that no other test uses; an opening transaction fills the wallet."""
    make_assets()
    user = UserFactory()
    add_wallet(user.username, asset_code, opening)
    return Holder(user.username, asset_code)


def add_wallet(user_id: str, asset_code: str, opening: int = 1_000) -> Holder:
    make_assets()
    WalletFactory(
        user=User.objects.get(username=user_id),
        currency=CurrencyFactory(code=asset_code),
        opening=opening,
    )
    return Holder(user_id, asset_code)


def send(
    path: str,
    fields: Mapping[str, Any] | bytes,
    headers: Mapping[str, str] | None = None,
    *,
    to: Receiver | None = None,
) -> Answer:
    """POST. ``to``: a real server; without one, Django's stack in this process."""
    body = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
    if to is not None:
        return to.post(path, body, headers or {})
    return request("POST", path, body, headers)


def read(path: str) -> Answer:
    return request("GET", path)


def code_of(answer: Answer) -> tuple[int, str]:
    """Status and code of a refusal; its body must be exactly this family's envelope."""
    assert answer.body.keys() == {"error"}
    assert answer.body["error"].keys() <= {"code", "message", "details"}
    return answer.status, answer.body["error"]["code"]


def details_of(answer: Answer) -> Any:
    return answer.body["error"].get("details")


def entries_of(transaction: Transaction) -> list[tuple[str, int]]:
    """The account and the signed amount of each side, beginning with the wallet's."""
    found = LedgerEntry.objects.filter(transaction=transaction).order_by("id")
    return [(entry.account, entry.amount) for entry in found]
