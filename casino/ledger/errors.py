"""Refusals of the ledger, each named after its reason. A refusal leaves everything as it was."""


class Refusal(Exception):
    """A request that the rules do not allow. Each API family words it in its own dialect.

    ``exponent`` is the number of decimals of the wallet's currency, which an answer in major units
    needs. It is 0 if no wallet was locked.
    """

    exponent = 0

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotAnAmount(Refusal):
    """The text is not an amount of this currency; the message says why."""


class WalletNotFound(Refusal):
    """There is no such wallet."""


class CurrencyMismatch(Refusal):
    """The request names a currency that is not the wallet's."""


class InsufficientFunds(Refusal):
    """The wallet holds less than the amount. ``balance`` is what it holds, in minor units."""

    def __init__(self, balance: int) -> None:
        super().__init__("The balance does not cover the amount.")
        self.balance = balance


class BalanceOverLimit(Refusal):
    """The balance would exceed the largest integer that can be stored, 2**63 - 1."""

    def __init__(self) -> None:
        super().__init__("The amount would take the balance past the largest possible balance.")


class TransactionConflict(Refusal):
    """The id was used before, for something else."""


class TransactionRolledBack(Refusal):
    """The bet was rolled back, perhaps before it arrived."""


class BetNotFound(Refusal):
    """The round has no accepted bet of this wallet."""


class RoundSettled(Refusal):
    """The round has its payout; its bets are final."""


class RollbackNotAllowed(Refusal):
    """The rollback names a transaction that is not a bet this wallet may take back."""
