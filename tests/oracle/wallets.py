"""Section 5 of the contract: the wallet service, which serves only assets."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tests.oracle.answers import SOME, Expected, Refused
from tests.oracle.events import major_units
from tests.oracle.model import LARGEST, Currency, Row, State, Wallet

SOURCE = "wallets"
STATUS = {
    "VALIDATION_ERROR": 400,
    "INSUFFICIENT_FUNDS": 402,
    "ASSET_NOT_FOUND": 404,
    "USER_NOT_FOUND": 404,
    "WALLET_NOT_FOUND": 404,
    "TRANSACTION_CONFLICT": 409,
    "WALLET_EXISTS": 409,
    "VERSION_MISMATCH": 412,
}
KINDS = {
    "topup": "TOPUP",
    "bonus": "BONUS",
    "spend": "SPEND",
    "add-funds": "TOPUP",
    "remove-funds": "SPEND",
    "purchase": "SPEND",
}

Fields = Mapping[str, Any]


class WalletService(State):
    """Top-ups, bonuses and purchases of version 1 and of the root, and opening wallets."""

    def open_wallet(self, user_id: str, asset_code: str) -> Expected:
        try:
            asset = self._asset(asset_code)
            self._must_be_free(user_id, asset)
        except Refused as refused:
            return _refusal(refused)
        body = {
            "wallet_id": SOME,
            "user_id": user_id,
            "asset_code": asset.code,
            "asset_name": asset.name,
            "balance": 0,
            "version": 0,
            "created_at": SOME,
        }

        def learn(told: Any, _raw: bytes) -> None:
            wallet = Wallet(told["wallet_id"], user_id, asset)
            self.wallets[wallet.wallet_id] = wallet
            self.blocked.setdefault(user_id, False)  # a new user is added

        return Expected(201, body, learn=learn)

    def move_v1(
        self, what: str, user_id: str, fields: Fields, key: str, if_match: str | None = None
    ) -> Expected:
        """topup, bonus, spend, add-funds or remove-funds, in minor units.

        ``key``: the reference or the Idempotency-Key; both share one name space.
        """
        try:
            amount = _read_amount(fields["amount"])
            asset = self._asset(fields["asset_code"])
            wallet = self._wallet(user_id, asset)
            said = tuple(fields.get(name) for name in ("payment_method", "bonus_type", "item_id"))

            def body(row: Row) -> Any:
                return {
                    "transaction_id": SOME,
                    "user_id": user_id,
                    "asset_code": asset.code,
                    "amount": amount,
                    "balance": row.playable_after,
                    "transaction_type": row.kind,
                    "timestamp": SOME,
                }

            content = (what, wallet.wallet_id, amount, *said)
            return self._move_holding(
                wallet, what, key, content, body, amount=amount, if_match=if_match
            )
        except Refused as refused:
            return _refusal(refused)

    def move_root(self, fields: Fields) -> Expected:
        """POST /transaction, in major units."""
        exponent = 0
        try:
            major = _read_major(fields["amount"])
            asset = self._asset(fields["asset_code"])
            exponent = asset.exponent
            wallet = self._wallet(fields["user_id"], asset)
            amount = _minor(major, exponent)
            what, description = fields["transaction_type"], fields.get("description") or None

            def body(row: Row) -> Any:
                before = row.playable_after + (row.amount if row.kind == "SPEND" else -row.amount)
                after = _major(row.playable_after, exponent)
                return {
                    "transaction_id": SOME,
                    "transaction_type": what,
                    "status": "completed",
                    "user_id": wallet.player_id,
                    "asset_code": asset.short_code,
                    "amount": _major(row.amount, exponent),
                    "balance": after,
                    "balance_before": _major(before, exponent),
                    "balance_after": after,
                    "reference_id": fields.get("idempotency_key", SOME),
                    "description": description,
                    "timestamp": SOME,
                }

            content = ("root", what, wallet.wallet_id, amount, description)
            key = fields.get("idempotency_key")
            return self._move_holding(wallet, what, key, content, body, amount=amount)
        except Refused as refused:
            return _refusal(refused, exponent)

    def _move_holding(
        self,
        wallet: Wallet,
        what: str,
        key: str | None,
        content: tuple[Any, ...],
        body: Any,
        *,
        amount: int | None,
        if_match: str | None = None,
    ) -> Expected:
        """``amount`` is None if the asset has no such amount."""

        def move() -> tuple[Row, Any]:
            if amount is None:
                raise Refused("VALIDATION_ERROR", amount=[SOME])
            if if_match is not None and if_match != f'"{wallet.version}"':
                raise Refused("VERSION_MISMATCH", version=wallet.version)
            kind = KINDS[what]
            playable, redeemable = amount, 0  # can be played with, but not withdrawn
            if kind == "SPEND":
                playable, redeemable = -amount, -self.stake(wallet, amount)
            row = self.post(
                wallet,
                kind,
                (SOURCE, key or ""),
                content,
                playable=playable,
                redeemable=redeemable,
            )
            return row, body(row)

        return self.once(SOURCE, key, content, move)

    def _must_be_free(self, user_id: str, asset: Currency) -> None:
        if self.wallet_of(user_id, asset.code) is not None:
            raise Refused("WALLET_EXISTS")

    def _asset(self, code: str) -> Currency:
        for currency in self.currencies.values():
            if currency.short_code and code in (currency.code, currency.short_code):
                return currency
        raise Refused("ASSET_NOT_FOUND")

    def _wallet(self, user_id: str, asset: Currency) -> Wallet:
        wallet = self.wallet_of(user_id, asset.code)
        if wallet is None:
            raise Refused("WALLET_NOT_FOUND" if user_id in self.blocked else "USER_NOT_FOUND")
        return wallet


def _read_amount(amount: Any) -> int:
    """An integer, as in callbacks."""
    if type(amount) is not int or not 1 <= amount <= LARGEST:
        raise Refused("VALIDATION_ERROR", amount=[SOME])
    return amount


def _read_major(amount: Any) -> Decimal:
    """A JSON number, as it is written in the body."""
    if type(amount) not in {int, float} or amount <= 0:
        raise Refused("VALIDATION_ERROR", amount=[SOME])
    return Decimal(str(amount))


def _minor(major: Decimal, exponent: int) -> int | None:
    """Never rounded; None if the asset has no such amount."""
    minor = major.scaleb(exponent)
    return int(minor) if minor == int(minor) and minor <= LARGEST else None


def _major(amount: int, exponent: int) -> Decimal:
    return Decimal(major_units(amount, exponent))


def _refusal(refused: Refused, exponent: int = 0) -> Expected:
    """``exponent`` belongs to the major units in which the root shows balances."""
    name, details = refused.name, refused.told
    if name == "OVER_LARGEST":
        name, details = "VALIDATION_ERROR", {"amount": [SOME]}
    if "balance" in details:
        details = {"balance": _major(details["balance"], exponent)}
    error: dict[str, Any] = {"code": name, "message": SOME}
    if details:
        error["details"] = details
    return Expected(STATUS[name], {"error": error})
