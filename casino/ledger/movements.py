"""Pure: what a stake, a win, a reversal … does to each bucket, and on whose account it stands.

``redeemable`` is the part of ``playable`` that may be withdrawn; 0 ≤ redeemable ≤ playable, always
(contract, section 3). All amounts are minor units.
"""

from dataclasses import dataclass
from typing import NamedTuple

from casino.ledger.errors import BalanceOverLimit, InsufficientFunds
from casino.ledger.money import LARGEST_AMOUNT
from casino.models import Account


class Balance(NamedTuple):
    """The two buckets of a wallet."""

    playable: int
    redeemable: int


@dataclass(frozen=True, slots=True)
class Movement:
    """Signed changes of the two buckets; ``account`` takes the other side."""

    playable: int
    redeemable: int
    account: Account

    def applied_to(self, balance: Balance) -> Balance:
        """The balance after. Raises BalanceOverLimit past 2**63 - 1."""
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


NOTHING = Movement(0, 0, Account.GAMES)
"""A tombstone moves nothing, and neither does a second rollback."""


def stake(balance: Balance, amount: int) -> Movement:
    """A bet. It uses what is not redeemable first. Raises InsufficientFunds."""
    return _taken(balance, amount, Account.GAMES)


def win(amount: int, *, is_redeemable: bool) -> Movement:
    """A payout; 0 for a lost round. Adds to both buckets where wins may be withdrawn."""
    return Movement(amount, amount if is_redeemable else 0, Account.GAMES)


def reversal(amount: int, redeemable_amount: int) -> Movement:
    """Give back what a bet took, from the buckets it took it from."""
    return Movement(amount, redeemable_amount, Account.GAMES)


def top_up(amount: int) -> Movement:
    """Money that came in: to play with, not to withdraw."""
    return Movement(amount, 0, Account.TREASURY)


def bonus(amount: int) -> Movement:
    """Money given: to play with, not to withdraw."""
    return Movement(amount, 0, Account.BONUS)


def spend(balance: Balance, amount: int) -> Movement:
    """A purchase. Raises InsufficientFunds."""
    return _taken(balance, amount, Account.SALES)


def adjustment(balance: Balance, amount: int) -> Movement:
    """A correction by hand: ``amount`` is signed. Raises InsufficientFunds.

    What is added is to play with, not to withdraw: only a win makes money redeemable.
    """
    if amount < 0:
        return _taken(balance, -amount, Account.ADJUSTMENT)
    return Movement(amount, 0, Account.ADJUSTMENT)


def _taken(balance: Balance, amount: int, account: Account) -> Movement:
    if amount > balance.playable:
        raise InsufficientFunds(balance.playable)
    not_redeemable = min(amount, balance.playable - balance.redeemable)
    return Movement(-amount, not_redeemable - amount, account)
