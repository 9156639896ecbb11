"""A transaction of the wallet service, looked up by its reference, with both its sides."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from casino.ledger.errors import Refusal
from casino.models import LedgerEntry, Transaction
from casino.operations.holdings import SOURCE


class ReferenceNotFound(Refusal):
    """No transaction has this reference."""


class Side(NamedTuple):
    """What a transaction did to a wallet, or to an account of the house (``wallet_id`` is None).

    ``amount`` is signed, in minor units. An account of the house holds no running balance.
    """

    account: str
    wallet_id: str | None
    amount: int
    balance_before: int | None
    balance_after: int | None


class PostedTransaction(NamedTuple):
    """A transaction as it was written; ``sides`` sum to zero, who gave is first."""

    transaction_id: UUID
    reference: str
    kind: str
    player_id: str
    asset_code: str
    asset_name: str
    amount: int
    created_at: datetime
    sides: tuple[Side, ...]


def is_reference_known(*, reference: str) -> bool:
    """Whether a transaction has this reference. One query, no lock."""
    return Transaction.objects.filter(source=SOURCE, external_transaction_id=reference).exists()


def transaction_of_reference(*, reference: str) -> PostedTransaction:
    """One query, no lock. Raises ReferenceNotFound."""
    rows: list[Any] = list(
        LedgerEntry.objects.filter(
            transaction__source=SOURCE, transaction__external_transaction_id=reference
        )
        .order_by("amount")
        .values_list(
            "transaction_id",
            "transaction__external_transaction_id",
            "transaction__transaction_type",
            "transaction__wallet__user__username",
            "transaction__wallet__currency_id",
            "transaction__wallet__currency__name",
            "transaction__amount",
            "transaction__created_at",
            "account",
            "wallet__wallet_id",
            "amount",
            "balance_before",
            "balance_after",
        )
    )
    if not rows:
        raise ReferenceNotFound("There is no transaction with this reference.")
    width = len(PostedTransaction._fields) - 1
    sides = tuple(Side(*row[width:]) for row in rows)
    return PostedTransaction._make((*rows[0][:width], sides))
