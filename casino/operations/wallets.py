"""Wallets: opened, and filled for the first time."""

import secrets
from collections.abc import Callable

from django.db import IntegrityError, transaction

from casino.ledger import locks
from casino.ledger.locks import LockedWallet
from casino.ledger.movements import top_up
from casino.ledger.post import Decision, Look, Order, Past, Posted, Receipt, post
from casino.models import Currency, User, Wallet
from casino.operations.errors import WalletExists


def open_wallet(*, user: User, currency: Currency, wallet_id: str) -> Wallet:
    """Open an empty wallet. Raises WalletExists: one wallet a user and currency."""
    try:
        with transaction.atomic():
            return Wallet.objects.create(user=user, currency=currency, wallet_id=wallet_id)
    except IntegrityError:
        raise WalletExists("The player has a wallet in this currency already.") from None


def open_wallet_of_player(*, player_id: str, currency_code: str) -> Wallet:
    """Open an empty wallet in a currency that there is, for a player who may be new.

    Raises WalletExists.
    """
    with transaction.atomic():
        user, _ = User.objects.get_or_create(username=player_id)
        currency = Currency.objects.get(code=currency_code)
        return open_wallet(user=user, currency=currency, wallet_id=f"w_{secrets.token_hex(12)}")


def opening_balance(*, wallet_id: str, order: Order, respond: Callable[[Receipt], str]) -> Posted:
    """Fill a wallet for the first time with ``order.amount`` (minor units, > 0), from the treasury.

    Locks the wallet. Raises WalletNotFound, TransactionConflict, BalanceOverLimit.
    """

    def decide(wallet: LockedWallet, _past: Past) -> Decision:
        return Decision(movement=top_up(order.amount_in(wallet)))

    return post(
        order,
        lock=locks.BY_ID,
        key={"wallet_id": wallet_id},
        look=Look.NOTHING,
        decide=decide,
        respond=respond,
    )
