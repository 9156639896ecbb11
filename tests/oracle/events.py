"""Section 4 of the contract: bets and results of the aggregator, in major units."""

import re
from collections.abc import Mapping
from typing import Any

from tests.oracle.answers import Expected, Refused, Some
from tests.oracle.model import LARGEST, Game, Row, State, Wallet

SOURCE = "events"
AGGREGATOR = "aggregator"
_PLAIN = re.compile(r"[0-9]+(\.[0-9]+)?")


class Rejected(Exception):
    """``field``: what a person should look at; the reason begins with it."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


_FIELD = {
    "TRANSACTION_CONFLICT": "req_id",
    "PLAYER_BLOCKED": "player_id",
    "PROVIDER_DISABLED": "game_code",
    "GAME_INACTIVE": "game_code",
    "BET_LIMIT": "amount",
    "INSUFFICIENT_FUNDS": "amount",
    "OVER_LARGEST": "amount",
    "ROUND_SETTLED": "round_id",
    "BET_NOT_FOUND": "round_id",
}


class Events(State):
    """Every refusal is 400 with a reason."""

    def event(self, fields: Mapping[str, Any]) -> Expected:
        try:
            return self._record(fields)
        except Rejected as rejected:
            field = rejected.field
        except Refused as refused:
            field = _FIELD[refused.name]
        return Expected(400, {"status": "rejected", "reason": Some(f"{field}: ")})

    def _record(self, fields: Mapping[str, Any]) -> Expected:
        # The contract leaves the order open: first the amount, then who and what, then the rules.
        if type(fields["amount"]) not in (str, int, float):
            raise Rejected("amount")
        digits = str(fields["amount"])  # as it is written in the body
        if not _PLAIN.fullmatch(digits) or (fields["type"] == "bet" and not digits.strip("0.")):
            raise Rejected("amount")
        if fields["player_id"] not in self.blocked:
            raise Rejected("player_id")
        wallet = self.wallets.get(fields["wallet_id"])
        if wallet is None or wallet.player_id != fields["player_id"]:
            raise Rejected("wallet_id")
        amount = minor_units(digits, wallet.currency.exponent)
        content = (
            *(fields[name] for name in ("type", "round_id", "session_id", "game_code", "currency")),
            wallet.wallet_id,
            amount,
        )
        return self.once(
            SOURCE, fields["req_id"], content, lambda: self._play(wallet, fields, amount, content)
        )

    def _play(
        self,
        wallet: Wallet,
        fields: Mapping[str, Any],
        amount: int | None,
        content: tuple[Any, ...],
    ) -> tuple[Row, Any]:
        if wallet.currency.code != fields["currency"]:
            raise Rejected("currency")
        if amount is None:
            raise Rejected("amount")
        round_id, key = fields["round_id"], (SOURCE, fields["req_id"])
        self.must_be_open(wallet, round_id)
        if fields["type"] == "bet":
            self.may_bet(wallet.player_id, self._game(fields["game_code"]), amount)
            part = self.stake(wallet, amount)
            kind, playable, redeemable = "BET", -amount, -part
        else:
            if not self.rows_of_round(wallet, SOURCE, round_id, "BET"):
                raise Refused("BET_NOT_FOUND")
            kind, playable, redeemable = "WIN", amount, self.win(wallet, amount)
        row = self.post(
            wallet,
            kind,
            key,
            content,
            playable=playable,
            redeemable=redeemable,
            round_id=round_id,
        )
        return row, {"status": "success"}

    def must_be_open(self, wallet: Wallet, round_id: str) -> None:
        """A result settles its round."""
        if self.rows_of_round(wallet, SOURCE, round_id, "WIN"):
            raise Refused("ROUND_SETTLED")

    def _game(self, code: str) -> Game:
        """A game that was never seen is added."""
        return self.games.get(code) or Game(code, AGGREGATOR)


def minor_units(digits: str, exponent: int) -> int | None:
    """The exact minor units of a plain decimal; None if the currency has no such amount."""
    whole, _, decimals = digits.partition(".")
    if len(decimals) > exponent:
        return None
    amount = int(whole + decimals.ljust(exponent, "0"))
    return amount if amount <= LARGEST else None


def major_units(amount: int, exponent: int) -> str:
    """An amount as this family writes it, with all decimals of its currency."""
    digits = str(amount).rjust(exponent + 1, "0")
    return f"{digits[:-exponent]}.{digits[-exponent:]}" if exponent else digits
