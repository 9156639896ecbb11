"""Refusals of the ledger, named for the fact. A refusal leaves everything as it was."""


class Refusal(Exception):
    """A request that the rules do not allow. Each API family says it in its own dialect.

    ``exponent``: how many decimals the currency of the wallet has, for amounts to be told in major
    units; 0 where no wallet was locked.
    """

    exponent = 0

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotAnAmount(Refusal):
    """The text is no amount of this currency; the message says why."""


class WalletNotFound(Refusal):
    """There is no such wallet."""


class CurrencyMismatch(Refusal):
    """The currency named is not the wallet's."""


class InsufficientFunds(Refusal):
    """The wallet holds less than the amount. ``balance`` is what it holds, in minor units."""

    def __init__(self, balance: int) -> None:
        super().__init__("The balance does not cover the amount.")
        self.balance = balance


class BalanceOverLimit(Refusal):
    """The balance would pass the largest integer that is kept, 2**63 - 1."""

    def __init__(self) -> None:
        super().__init__("The amount would take the balance past the largest there can be.")


class TransactionConflict(Refusal):
    """The id was used before, for something else."""


class TransactionRolledBack(Refusal):
    """The bet was rolled back, perhaps before it came."""


class BetNotFound(Refusal):
    """The round holds no accepted bet of this wallet."""


class RoundSettled(Refusal):
    """The round has its payout; its bets are final."""


class RollbackNotAllowed(Refusal):
    """What the rollback names is not a bet that this wallet may take back."""
