"""How a page of a history is asked for, and what is said of it: the same in both dialects."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from casino.api.wallets.cursors import cursor_of, read_cursor
from casino.api.wallets.endpoint import Fields
from casino.api.wallets.fields import Count, Text
from casino.ledger.histories import HistoryRow
from casino.operations.balances import AssetBalance, balance_of_holding, balances_of_player
from casino.operations.catalogue import Asset, asset_of
from casino.operations.histories import asset_history
from casino.operations.holdings import Holding
from config.web.fields import FieldError, Identifier
from config.wire.errors import invalid_request

DEFAULT_LIMIT = 50

PAGE_FIELDS: Fields = {
    "asset_code": Identifier(required=False),
    "limit": Count(least=1, most=100, default=DEFAULT_LIMIT),
    "offset": Count(least=0, default=0),
    "cursor": Text(longest=1024, required=False),
}


class History(NamedTuple):
    """A page, newest first. ``asset``: the one that was asked for; None: all of them.

    ``pagination`` is to be sent as it is. Its ``offset`` is null on a page that a cursor led to:
    how many rows lie before it, nobody counted.
    """

    asset: Asset | None
    rows: list[tuple[Asset, HistoryRow]]
    pagination: dict[str, Any]


def history_of(user_id: str, values: dict[str, Any]) -> History:
    """The page that the values of PAGE_FIELDS ask for. Raises WireError, Refusal."""
    asset, wallets = _asked_for(user_id, values["asset_code"])
    limit = values["limit"] or DEFAULT_LIMIT
    offset = values["offset"] or 0
    assets = {
        each.wallet_pk: replace(asset_of(each.asset_code), exponent=each.exponent)
        for each in wallets
    }
    position = _position(values["cursor"], offset, wallets)
    page = asset_history(wallets=wallets, position=position, offset=offset, limit=limit)
    position_after = page.next_position
    pagination = {
        "limit": limit,
        "offset": offset if position is None else None,
        "has_more": position_after is not None,
        "next_cursor": position_after
        and cursor_of({assets[pk].code: before for pk, before in position_after.items()}),
    }
    return History(asset, [(assets[row.wallet_pk], row) for row in page.rows], pagination)


def _asked_for(user_id: str, asset_code: str | None) -> tuple[Asset | None, list[AssetBalance]]:
    if asset_code is None:
        return None, balances_of_player(player_id=user_id)
    asset = asset_of(asset_code)
    return asset, [balance_of_holding(holding=Holding(user_id, asset.code))]


def _position(
    cursor: str | None, offset: int, wallets: Sequence[AssetBalance]
) -> dict[int, int] | None:
    if cursor is None:
        return None
    if offset:
        raise invalid_request({"offset": ["must be left out where a cursor is given"]})
    try:
        places = read_cursor(cursor)
    except FieldError as error:
        raise invalid_request({"cursor": [str(error)]}) from None
    wallet_pks = {each.asset_code: each.wallet_pk for each in wallets}
    if not places.keys() <= wallet_pks.keys():
        raise invalid_request({"cursor": ["is of a history of other assets"]})
    return {wallet_pks[asset_code]: before for asset_code, before in places.items()}
