"""What a stake, a win, a reversal … does to each bucket, and which house account it involves. Pure.

``redeemable`` is the part of ``playable`` that may be withdrawn: 0 ≤ redeemable ≤ playable, always
(contract, section 3). All amounts are minor units.
"""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple, TypeVar

from casino.ledger.errors import BalanceOverLimit, InsufficientFunds
from casino.ledger.money import LARGEST_AMOUNT
from casino.models import Account, Kind


class Balance(NamedTuple):
    """The two buckets of a wallet."""

    playable: int
    redeemable: int


@dataclass(frozen=True, slots=True)
class Movement:
    """Signed changes of the two buckets.

    The class fixes the kind of transaction and the account on the other side, so that no caller can
    combine them differently.
    """

    kind: ClassVar[Kind]
    account: ClassVar[Account]

    playable: int
    redeemable: int

    def applied_to(self, balance: Balance) -> Balance:
        """The balance after the movement. Raises BalanceOverLimit above 2**63 - 1."""
        after = Balance(balance.playable + self.playable, balance.redeemable + self.redeemable)
        if after.playable > LARGEST_AMOUNT:
            raise BalanceOverLimit
        return after

    @property
    def amount(self) -> int:
        return abs(self.playable)

    @property
    def redeemable_amount(self) -> int:
        return abs(self.redeemable)


class Opening(Movement):
    kind, account = Kind.OPENING, Account.TREASURY


class Stake(Movement):
    kind, account = Kind.BET, Account.GAMES


class Payout(Movement):
    kind, account = Kind.WIN, Account.GAMES


class Reversal(Movement):
    kind, account = Kind.ROLLBACK, Account.GAMES


class RepeatedReversal(Movement):
    kind, account = Kind.REPEATED_ROLLBACK, Account.GAMES


class Tombstone(Movement):
    kind, account = Kind.TOMBSTONE, Account.GAMES


class Deposit(Movement):
    kind, account = Kind.TOPUP, Account.TREASURY


class Gift(Movement):
    kind, account = Kind.BONUS, Account.BONUS


class Purchase(Movement):
    kind, account = Kind.SPEND, Account.SALES


class Correction(Movement):
    kind, account = Kind.ADJUSTMENT, Account.ADJUSTMENT


def opening(amount: int) -> Opening:
    """The money that a wallet starts with. It can be played with, but not withdrawn."""
    return Opening(amount, 0)


def stake(balance: Balance, amount: int) -> Stake:
    """A bet. It uses the money that is not redeemable first. Raises InsufficientFunds."""
    return _taken(Stake, balance, amount)


def win(amount: int, *, is_redeemable: bool) -> Payout:
    """A payout; 0 for a lost round. Adds to both buckets if wins may be withdrawn."""
    return Payout(amount, amount if is_redeemable else 0)


def reversal(amount: int, redeemable_amount: int) -> Reversal:
    """Give back what a bet took, to the buckets that it came from."""
    return Reversal(amount, redeemable_amount)


def top_up(amount: int) -> Deposit:
    """Money that came in. It can be played with, but not withdrawn."""
    return Deposit(amount, 0)


def bonus(amount: int) -> Gift:
    """Money that the house gives. It can be played with, but not withdrawn."""
    return Gift(amount, 0)


def spend(balance: Balance, amount: int) -> Purchase:
    """A purchase. Raises InsufficientFunds."""
    return _taken(Purchase, balance, amount)


def adjustment(balance: Balance, amount: int) -> Correction:
    """A manual correction; ``amount`` is signed. Raises InsufficientFunds.

    Money that is added can be played with, but not withdrawn: only a win makes money redeemable.
    """
    return _taken(Correction, balance, -amount) if amount < 0 else Correction(amount, 0)


Taken = TypeVar("Taken", bound=Movement)


def _taken(movement: type[Taken], balance: Balance, amount: int) -> Taken:
    if amount > balance.playable:
        raise InsufficientFunds(balance.playable)
    not_redeemable = min(amount, balance.playable - balance.redeemable)
    return movement(-amount, not_redeemable - amount)
