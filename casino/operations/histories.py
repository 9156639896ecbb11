"""The history of a player's assets in pages, and single transactions by their reference.

Pages are newest first, for one asset or for all assets as one list. A page starts where the
previous one ended in each wallet's own numbering, so the ten-thousandth costs as much as the first.
So does an offset within one asset. A list of several assets would have to be merged down to the
offset, so there the offset is at most DEEPEST_MERGED_OFFSET.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from casino.books.everywhere import Question
from casino.ledger.errors import Refusal
from casino.ledger.histories import MergedPage, merged_page
from casino.models import Transaction
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


class ReferenceInTwoBooks(Refusal):
    """The reference was used in two books, for two users."""


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


_BY_REFERENCE = Question(
    """
    SELECT found.id, found.external_transaction_id, found.transaction_type, player.username,
        wallet.currency_code, currency.name, found.amount, found.created_at,
        entry.account,
        (SELECT own.wallet_id FROM casino_wallets own WHERE own.id = entry.wallet_id),
        entry.amount, entry.balance_before, entry.balance_after
    FROM casino_transactions found
    JOIN casino_ledger_entries entry ON entry.transaction_id = found.id
    JOIN casino_wallets wallet ON wallet.id = found.wallet_id
    JOIN casino_users player ON player.id = wallet.user_id
    JOIN casino_currencies currency ON currency.code = wallet.currency_code
    WHERE found.source = %(source)s AND found.external_transaction_id = %(reference)s
    ORDER BY entry.amount
    """
)


def transaction_of_reference(*, reference: str) -> PostedTransaction:
    """One query over all books, no lock. Raises ReferenceNotFound, ReferenceInTwoBooks."""
    parts = _BY_REFERENCE.parts({"source": SOURCE, "reference": reference})
    rows = [row for part in parts for row in part]
    if not rows:
        raise ReferenceNotFound("There is no transaction with this reference.")
    if len({transaction_id for transaction_id, *_ in rows}) > 1:
        raise ReferenceInTwoBooks("This reference was used for two users, in two books.")
    width = len(PostedTransaction._fields) - 1
    sides = tuple(Side(*row[width:]) for row in rows)
    return PostedTransaction._make((*rows[0][:width], sides))
