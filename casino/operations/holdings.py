"""What a player holds of one asset: topped up, given, spent, added and removed.

No operation of the wallet service locks two rows: the other side of each movement is an account of
the house, which has no row. So there is no order of locks to keep, and no deadlock.
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
"""The namespace of the wallet service's references: one, whichever of its endpoints is used."""


class VersionMismatch(Refusal):
    """The wallet changed since the version that was named. ``version`` is what it has now."""

    def __init__(self, version: int) -> None:
        super().__init__(f"The wallet has changed; its version is {version} now.")
        self.version = version


@dataclass(frozen=True, slots=True)
class Holding:
    """Whose wallet of which asset (its long code) is meant."""

    player_id: str
    asset_code: str

    def not_found(self) -> Refusal:
        """Why there is no such wallet: PlayerNotFound or WalletNotFound."""
        if not User.objects.filter(username=self.player_id).exists():
            return PlayerNotFound("There is no such user; opening a wallet enters one.")
        return WalletNotFound(f"The user has no wallet for {self.asset_code}; open one first.")


class Details(msgspec.Struct, frozen=True, omit_defaults=True):
    """What else a request said: the part of its content that the ledger has no column for.

    ``request`` is the endpoint. Written with its members in this order, so equal content is equal
    text.
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
    """What is asked of a holding: to move ``amount`` (> 0).

    Refused by PlayerNotFound, WalletNotFound, TransactionConflict, NotAnAmount, and what each
    operation names.
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
    """A player's purchase of an asset, paid elsewhere: TREASURY → wallet. BalanceOverLimit."""

    moves = (Deposit,)

    def decide(self, wallet: LockedWallet, past: Past) -> Decision[Deposit]:
        return Decision(movement=movements.top_up(wallet.minor(self.amount)))


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveBonus(HoldingOperation[Gift]):
    """The house gives a player something of an asset: BONUS → wallet. BalanceOverLimit."""

    moves = (Gift,)

    def decide(self, wallet: LockedWallet, past: Past) -> Decision[Gift]:
        return Decision(movement=movements.bonus(wallet.minor(self.amount)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend(HoldingOperation[Purchase]):
    """A player spends an asset on something that the house sells: wallet → SALES.

    What is not redeemable is spent first. InsufficientFunds.
    """

    moves = (Purchase,)

    def decide(self, wallet: LockedWallet, past: Past) -> Decision[Purchase]:
        return Decision(movement=movements.spend(wallet.balance, wallet.minor(self.amount)))


@dataclass(frozen=True, slots=True, kw_only=True)
class AddFunds(HoldingOperation[Deposit]):
    """Funds added by someone who looked at the wallet before, and may say so. TREASURY → wallet.

    ``if_version`` is optimistic concurrency on top of the pessimistic: the wallet is locked all the
    same, and under the lock its version must be one that the caller has seen; None: any. It is
    compared after the look for a duplicate: a request that succeeded is answered again, though it
    changed the version itself. VersionMismatch, BalanceOverLimit.
    """

    moves = (Deposit,)

    if_version: Container[int] | None = None

    def decide(self, wallet: LockedWallet, past: Past) -> Decision[Deposit]:
        _require_version(wallet, self.if_version)
        return Decision(movement=movements.top_up(wallet.minor(self.amount)))


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveFunds(HoldingOperation[Purchase]):
    """Funds removed in the same way: wallet → SALES. VersionMismatch, InsufficientFunds."""

    moves = (Purchase,)

    if_version: Container[int] | None = None

    def decide(self, wallet: LockedWallet, past: Past) -> Decision[Purchase]:
        _require_version(wallet, self.if_version)
        return Decision(movement=movements.spend(wallet.balance, wallet.minor(self.amount)))


def _require_version(wallet: LockedWallet, if_version: Container[int] | None) -> None:
    if if_version is not None and wallet.version not in if_version:
        raise VersionMismatch(wallet.version)
