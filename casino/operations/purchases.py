"""A player spends an asset on something that the house sells: wallet → SALES."""

from collections.abc import Callable

from casino.ledger import movements
from casino.ledger.post import Order, Posted, Receipt
from casino.operations.holdings import Holding, move


def spend(*, holding: Holding, order: Order, respond: Callable[[Receipt], str]) -> Posted:
    """Take ``order.amount`` (minor units, > 0) to the house's sales.

    Locks the wallet. What is not redeemable is spent first.

    Raises:
        PlayerNotFound, WalletNotFound, TransactionConflict, InsufficientFunds: nothing was written.
    """
    return move(
        holding=holding,
        order=order,
        movement=movements.spend,
        respond=respond,
    )
