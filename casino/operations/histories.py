"""The history of a player's assets in pages, and single transactions by their reference.

Pages are newest first, for one asset or for all assets as one list. A page starts where the
previous one ended in each wallet's own numbering, so the ten-thousandth costs as much as the first.
So does an offset within one asset. A list of several assets would have to be merged down to the
offset, so there the offset is at most DEEPEST_MERGED_OFFSET.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from casino.ledger.errors import Refusal
from casino.ledger.histories import MergedPage, merged_page
from casino.models import LedgerEntry, Transaction
from casino.operations.balances import AssetBalance
from casino.operations.holdings import SOURCE

DEEPEST_MERGED_OFFSET = 1_000


class OffsetTooDeep(Refusal):
    """The offset into a list of several assets is larger than allowed."""

    def __init__(self) -> None:
        super().__init__(
            f"must be at most {DEEPEST_MERGED_OFFSET} if several assets are listed;"
            " give an asset_code or use the cursor"
        )


def asset_history(
    *,
    wallets: Sequence[AssetBalance],
    position: Mapping[int, int] | None = None,
    offset: int = 0,
    limit: int,
) -> MergedPage:
    """At most ``limit`` (≥ 1) transactions of ``wallets``. One query.

    ``position`` is the ``next_position`` of the previous page; None starts at the newest.

    Raises OffsetTooDeep.
    """
    if position is None:
        # A single wallet is numbered without gaps, so skipping rows is plain subtraction.
        skipped = offset if len(wallets) == 1 else 0
        position = {each.wallet_pk: max(each.version + 1 - skipped, 1) for each in wallets}
        offset -= skipped
    if offset > DEEPEST_MERGED_OFFSET:
        raise OffsetTooDeep
    page = merged_page(position=position, limit=offset + limit)
    return page._replace(rows=page.rows[offset:])


class ReferenceNotFound(Refusal):
    """No transaction has this reference."""


class Side(NamedTuple):
    """What a transaction did to a wallet, or to a house account (``wallet_id`` is None).

    ``amount`` is signed, in minor units. A house account has no running balance.
    """

    account: str
    wallet_id: str | None
    amount: int
    balance_before: int | None
    balance_after: int | None


class PostedTransaction(NamedTuple):
    """A transaction as it was written. The ``sides`` sum to zero; the one that gave is first."""

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
