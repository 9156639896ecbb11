"""Pages of what happened to a player's assets, newest first: of one asset, or of all as one list.

A page starts where the one before ended in each wallet's own numbering, so the ten-thousandth costs
what the first one costs. So does an offset within one asset; the list of several would have to be
merged down to it, which is why an offset in there ends at DEEPEST_MERGED_OFFSET.
"""

from collections.abc import Mapping, Sequence

from casino.ledger.errors import Refusal
from casino.ledger.histories import MergedPage, merged_page
from casino.operations.asset_balances import AssetBalance

DEEPEST_MERGED_OFFSET = 1_000


class OffsetTooDeep(Refusal):
    """An offset into the list of several assets is past what that serves."""

    def __init__(self) -> None:
        super().__init__(
            f"must be at most {DEEPEST_MERGED_OFFSET} where several assets are listed;"
            " name an asset_code, or go by cursor"
        )


def asset_history(
    *,
    wallets: Sequence[AssetBalance],
    position: Mapping[int, int] | None = None,
    offset: int = 0,
    limit: int,
) -> MergedPage:
    """At most ``limit`` (≥ 1) transactions of ``wallets``. One query.

    ``position``: where the page before ended (its ``next_position``); None: at the newest.

    Raises OffsetTooDeep.
    """
    if position is None:
        # One wallet is numbered without gaps: to skip rows is to count.
        skipped = offset if len(wallets) == 1 else 0
        position = {each.wallet_pk: max(each.version + 1 - skipped, 1) for each in wallets}
        offset -= skipped
    if offset > DEEPEST_MERGED_OFFSET:
        raise OffsetTooDeep
    page = merged_page(position=position, limit=offset + limit)
    return page._replace(rows=page.rows[offset:])
