"""Opens wallets and fills them for the first time."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from casino.ledger import locks
from casino.ledger.locks import LockedWallet
from casino.ledger.money import Amount
from casino.ledger.movements import Opening, opening
from casino.ledger.operation import Decision, Operation, Past, RequestContent
from casino.models import Currency, User, Wallet
from casino.operations.errors import WalletExists


def open_wallet(*, user: User, currency: Currency, wallet_id: str) -> Wallet:
    """Open an empty wallet. Raises WalletExists: one wallet per user and currency."""
    try:
        with transaction.atomic():
            return Wallet.objects.create(user=user, currency=currency, wallet_id=wallet_id)
    except IntegrityError:
        raise WalletExists("The user has a wallet for this asset already.") from None


def open_wallet_of_player(*, player_id: str, currency_code: str) -> Wallet:
    """Open an empty wallet in an existing currency, for a player who may be new.

    Raises WalletExists.
    """
    with transaction.atomic():
        user, _ = User.objects.get_or_create(username=player_id)
        currency = Currency.objects.get(code=currency_code)
        return open_wallet(user=user, currency=currency, wallet_id=f"w_{secrets.token_hex(12)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FillWallet(Operation[Opening]):
    """Fill a wallet for the first time with ``amount`` (> 0), from the treasury.

    ``details`` is JSON text that is stored with the transaction.

    Refused by WalletNotFound, TransactionConflict, BalanceOverLimit.
    """

    moves = (Opening,)
    lock = locks.BY_ID

    wallet_id: str
    amount: Amount
    details: str = ""

    def parameters(self) -> Mapping[str, str | None]:
        return {"wallet_id": self.wallet_id}

    def content(self, wallet: LockedWallet) -> RequestContent:
        return RequestContent(amount=wallet.minor(self.amount), details=self.details)

    def decide(self, wallet: LockedWallet, past: Past) -> Decision[Opening]:
        return Decision(movement=opening(wallet.minor(self.amount)))
