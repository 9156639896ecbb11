"""A player's purchase of an asset, paid elsewhere: TREASURY → wallet."""

from collections.abc import Callable

from casino.ledger import movements
from casino.ledger.post import Order, Posted, Receipt
from casino.operations.holdings import Holding, move


def top_up(*, holding: Holding, order: Order, respond: Callable[[Receipt], str]) -> Posted:
    """Add ``order.amount`` (minor units, > 0) from the treasury.

    Locks the wallet.

    Raises:
        PlayerNotFound, WalletNotFound, TransactionConflict, BalanceOverLimit: nothing was written.
    """
    return move(
        holding=holding,
        order=order,
        movement=lambda _balance, amount: movements.top_up(amount),
        respond=respond,
    )
