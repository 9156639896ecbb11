"""Funds added and removed by someone who looked at the wallet before, and may say so.

``if_version`` is optimistic concurrency upon the pessimistic: the wallet is locked all the same,
and under the lock its version must be one that the caller has seen; None: whichever it is.
"""

from collections.abc import Callable, Container

from casino.ledger import movements
from casino.ledger.post import Order, Posted, Receipt
from casino.operations.holdings import Holding, move


def add_funds(
    *,
    holding: Holding,
    order: Order,
    if_version: Container[int] | None,
    respond: Callable[[Receipt], str],
) -> Posted:
    """Add ``order.amount`` (minor units, > 0) from the treasury.

    Locks the wallet.

    Raises:
        PlayerNotFound, WalletNotFound, TransactionConflict, VersionMismatch, BalanceOverLimit:
            nothing was written.
    """
    return move(
        holding=holding,
        order=order,
        movement=lambda _balance, amount: movements.top_up(amount),
        respond=respond,
        if_version=if_version,
    )


def remove_funds(
    *,
    holding: Holding,
    order: Order,
    if_version: Container[int] | None,
    respond: Callable[[Receipt], str],
) -> Posted:
    """Take ``order.amount`` (minor units, > 0) to the house's sales.

    Locks the wallet. What is not redeemable is taken first.

    Raises:
        PlayerNotFound, WalletNotFound, TransactionConflict, VersionMismatch, InsufficientFunds:
            nothing was written.
    """
    return move(
        holding=holding,
        order=order,
        movement=movements.spend,
        respond=respond,
        if_version=if_version,
    )
