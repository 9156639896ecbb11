"""Wallets, rounds and transaction ids as the contract defines them, without database or clock.

Whatever moves money goes through ``once``: the first success is kept with its id and repeated;
other content is a conflict; a refusal leaves no trace.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

from tests.oracle.answers import Expected, Refused

LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Currency:
    """``short_code``: only assets have one."""

    code: str
    exponent: int
    is_redeemable: bool
    short_code: str | None = None
    name: str = ""


@dataclass
class Provider:
    """``answers``: whether its API can be reached to launch games."""

    code: str
    enabled: bool = True
    answers: bool = True


@dataclass
class Game:
    """``most`` is None if any stake is accepted."""

    game_id: str
    provider: str
    active: bool = True
    least: int = 1
    most: int | None = None


@dataclass
class Row:
    """One line of a wallet's history. A request that repeats it must say ``content``.

    ``external_id`` is empty if the service made the id.
    """

    source: str
    external_id: str
    kind: str
    wallet_id: str
    round_id: str | None
    amount: int
    redeemable: int
    playable_after: int
    redeemable_after: int
    content: tuple[Any, ...]
    body: bytes = field(default=b"", repr=False)
    is_rolled_back: bool = False


@dataclass
class Wallet:
    """Amounts are in minor units. ``redeemable`` is a part of ``playable``."""

    wallet_id: str
    player_id: str
    currency: Currency
    playable: int = 0
    redeemable: int = 0
    rows: list[Row] = field(default_factory=list)

    @property
    def version(self) -> int:
        return len(self.rows)


@dataclass
class Session:
    token: str = field(repr=False)
    player_id: str
    game_id: str
    wallet_id: str
    active: bool = True


@dataclass
class State:
    """Everything that the service must remember."""

    currencies: dict[str, Currency] = field(default_factory=dict)
    providers: dict[str, Provider] = field(default_factory=dict)
    games: dict[str, Game] = field(default_factory=dict)
    blocked: dict[str, bool] = field(default_factory=dict)  # has every player
    wallets: dict[str, Wallet] = field(default_factory=dict)
    sessions: list[Session] = field(default_factory=list)
    ids: dict[tuple[str, str], Row] = field(default_factory=dict, repr=False)

    def fork(self) -> Self:
        """A copy of this state, to continue differently."""
        return copy.deepcopy(self)

    def digest(self) -> str:
        """A text that is equal for two states that differ only in the names of wallets."""
        text = repr(self)
        for wallet in self.wallets.values():
            text = text.replace(wallet.wallet_id, f"{wallet.player_id}/{wallet.currency.code}")
        return text

    def wallet_of(self, player_id: str, currency: str) -> Wallet | None:
        for wallet in self.wallets.values():
            if (wallet.player_id, wallet.currency.code) == (player_id, currency):
                return wallet
        return None

    def once(
        self,
        source: str,
        external_id: str | None,
        content: tuple[Any, ...],
        move: Callable[[], tuple[Row, Any]],
    ) -> Expected:
        """Give a repetition its first answer; otherwise ``move``, which makes a row and a body.

        ``external_id`` is None if the sender gives none, and so never repeats itself.
        """
        earlier = self.ids.get((source, external_id or ""))
        if earlier is not None and earlier.content != content:
            raise Refused("TRANSACTION_CONFLICT")
        if earlier is not None:
            return Expected(200, None, raw=earlier.body)
        row, body = move()

        def learn(_body: Any, raw: bytes) -> None:
            row.body = raw

        return Expected(200, body, learn=learn)

    def post(
        self,
        wallet: Wallet,
        kind: str,
        key: tuple[str, str],
        content: tuple[Any, ...],
        *,
        playable: int = 0,
        redeemable: int = 0,
        round_id: str | None = None,
    ) -> Row:
        """Move signed amounts, and store the row under ``key``: its source and its id there."""
        if wallet.playable + playable > LARGEST:
            raise Refused("OVER_LARGEST")
        wallet.playable += playable
        wallet.redeemable += redeemable
        assert 0 <= wallet.redeemable <= wallet.playable
        row = Row(
            *key,
            kind,
            wallet.wallet_id,
            round_id,
            abs(playable),
            abs(redeemable),
            wallet.playable,
            wallet.redeemable,
            content,
        )
        wallet.rows.append(row)
        if key[1]:
            self.ids[key] = row
        return row

    def stake(self, wallet: Wallet, amount: int) -> int:
        """How much of a stake is redeemable: the rest is used first."""
        if amount > wallet.playable:
            raise Refused("INSUFFICIENT_FUNDS", balance=wallet.playable)
        return amount - min(amount, wallet.playable - wallet.redeemable)

    def win(self, wallet: Wallet, amount: int) -> int:
        """How much of a win is redeemable."""
        return amount if wallet.currency.is_redeemable else 0

    def rows_of_round(self, wallet: Wallet, source: str, round_id: str, kind: str) -> list[Row]:
        """A round belongs to one wallet and one sender; others may use the same name."""
        return [
            row
            for row in wallet.rows
            if (row.source, row.round_id, row.kind) == (source, round_id, kind)
        ]

    def may_bet(self, player_id: str, game: Game, amount: int) -> None:
        """The contract leaves the order open; here limits and funds come last."""
        if self.blocked[player_id]:
            raise Refused("PLAYER_BLOCKED")
        if not self.providers[game.provider].enabled:
            raise Refused("PROVIDER_DISABLED")
        if not game.active:
            raise Refused("GAME_INACTIVE")
        if amount < game.least or (game.most is not None and amount > game.most):
            raise Refused("BET_LIMIT")
