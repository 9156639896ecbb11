"""The house gives a player something of an asset: BONUS → wallet."""

from collections.abc import Callable

from casino.ledger import movements
from casino.ledger.post import Order, Posted, Receipt
from casino.operations.holdings import Holding, move


def give_bonus(*, holding: Holding, order: Order, respond: Callable[[Receipt], str]) -> Posted:
    """Add ``order.amount`` (minor units, > 0) at the cost of the house's bonus account.

    Locks the wallet.

    Raises:
        PlayerNotFound, WalletNotFound, TransactionConflict, BalanceOverLimit: nothing was written.
    """
    return move(
        holding=holding,
        order=order,
        movement=lambda _balance, amount: movements.bonus(amount),
        respond=respond,
    )
