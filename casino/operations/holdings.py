"""Operations on a player's holding of one asset: top up, give a bonus, spend, add, remove.

No operation of the wallet service locks two rows: the other side of each movement is a house
account, which has no row. So there is no lock order to keep and there are no deadlocks.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass

import msgspec

from casino.ledger import locks, movements
from casino.ledger.errors import Refusal, WalletNotFound
from casino.ledger.locks import LockedWallet
from casino.ledger.money import Amount
from casino.ledger.movements import Deposit, Gift, Purchase
from casino.ledger.operation import Decision, Moves, Operation, Past, RequestContent
from casino.models import User
from casino.operations.errors import PlayerNotFound

SOURCE = "wallets"
"""The namespace of the wallet service's references, shared by all its endpoints."""


class VersionMismatch(Refusal):
    """The wallet has another version than the request names. ``version`` is the current one."""

    def __init__(self, version: int) -> None:
        super().__init__(f"The wallet has changed; its version is now {version}.")
        self.version = version


@dataclass(frozen=True, slots=True)
class Holding:
    """Identifies a wallet by its player and its asset (the long code)."""

    player_id: str
    asset_code: str

    def not_found(self) -> Refusal:
        """Why there is no such wallet: PlayerNotFound or WalletNotFound."""
        if not User.objects.filter(username=self.player_id).exists():
            return PlayerNotFound("There is no such user; opening a wallet creates one.")
        return WalletNotFound(f"The user has no wallet for {self.asset_code}; open one first.")


class Details(msgspec.Struct, frozen=True, omit_defaults=True):
    """The rest of a request: the part of its content that the ledger has no column for.

    ``request`` is the endpoint. The members are written in this order, so that equal content gives
    equal text.
    """

    request: str = ""
    bonus_type: str | None = None
    item_id: str | None = None
    payment_method: str | None = None
    description: str | None = None
    metadata: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET

    def text(self) -> str:
        return msgspec.json.encode(self).decode()


NO_DETAILS = Details()


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingOperation(Operation[Moves]):
    """An operation that moves ``amount`` (> 0) into or out of a holding.

    Refused by PlayerNotFound, WalletNotFound, TransactionConflict, NotAnAmount, and the refusals
    that each operation names.
    """

    lock = locks.BY_ASSET

    holding: Holding
    amount: Amount
    details: Details = NO_DETAILS
    source: str = SOURCE

    def parameters(self) -> Mapping[str, str | None]:
        return {"player_id": self.holding.player_id, "asset_code": self.holding.asset_code}

    def content(self, wallet: LockedWallet) -> RequestContent:
        return RequestContent(amount=wallet.minor(self.amount), details=self.details.text())

    def missing(self) -> Refusal:
        return self.holding.not_found()


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUp(HoldingOperation[Deposit]):
    """A player buys an asset and pays elsewhere: TREASURY → wallet. Refused by BalanceOverLimit."""

    moves = (Deposit,)

    def decide(self, wallet: LockedWallet, past: Past) -> Decision[Deposit]:
        return Decision(movement=movements.top_up(wallet.minor(self.amount)))


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveBonus(HoldingOperation[Gift]):
    """The house gives a player some of an asset: BONUS → wallet. Refused by BalanceOverLimit."""

    moves = (Gift,)

    def decide(self, wallet: LockedWallet, past: Past) -> Decision[Gift]:
        return Decision(movement=movements.bonus(wallet.minor(self.amount)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend(HoldingOperation[Purchase]):
    """A player spends an asset on something that the house sells: wallet → SALES.

    The part that is not redeemable is spent first. Refused by InsufficientFunds.
    """

    moves = (Purchase,)

    def decide(self, wallet: LockedWallet, past: Past) -> Decision[Purchase]:
        return Decision(movement=movements.spend(wallet.balance, wallet.minor(self.amount)))


@dataclass(frozen=True, slots=True, kw_only=True)
class AddFunds(HoldingOperation[Deposit]):
    """Add funds; on request, only if the wallet is unchanged. TREASURY → wallet.

    ``if_version`` adds optimistic concurrency to the pessimistic lock: under the lock, the wallet's
    version must be one of those that the caller has seen. None accepts any version. The check comes
    after the look for a duplicate, so a request that succeeded gets its answer again, although it
    changed the version itself. Refused by VersionMismatch, BalanceOverLimit.
    """

    moves = (Deposit,)

    if_version: Container[int] | None = None

    def decide(self, wallet: LockedWallet, past: Past) -> Decision[Deposit]:
        _require_version(wallet, self.if_version)
        return Decision(movement=movements.top_up(wallet.minor(self.amount)))


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveFunds(HoldingOperation[Purchase]):
    """Remove funds, with the same check: wallet → SALES.

    Refused by VersionMismatch, InsufficientFunds.
    """

    moves = (Purchase,)

    if_version: Container[int] | None = None

    def decide(self, wallet: LockedWallet, past: Past) -> Decision[Purchase]:
        _require_version(wallet, self.if_version)
        return Decision(movement=movements.spend(wallet.balance, wallet.minor(self.amount)))


def _require_version(wallet: LockedWallet, if_version: Container[int] | None) -> None:
    if if_version is not None and wallet.version not in if_version:
        raise VersionMismatch(wallet.version)
