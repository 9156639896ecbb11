"""A page of a history, as both dialects ask for it."""

from dataclasses import replace
from typing import NamedTuple

from casino.api.cursors import cursor_of, position_of
from casino.api.wallets.bodies import PageRequest, Pagination
from casino.ledger.histories import HistoryRow
from casino.operations.balances import AssetBalance, balance_of_holding, balances_of_player
from casino.operations.catalogue import Asset, asset_of
from casino.operations.histories import asset_history
from casino.operations.holdings import Holding
from config.wire.errors import invalid_request


class History(NamedTuple):
    """A page, newest first. ``asset`` is the one that was asked for; None means all."""

    asset: Asset | None
    rows: list[tuple[Asset, HistoryRow]]
    pagination: Pagination


def history_of(asked: PageRequest) -> History:
    """The page that was asked for. Raises WireError, Refusal."""
    asset, wallets = _asked_for(asked.user_id, asked.asset_code)
    currencies = {each.wallet_pk: each.asset_code for each in wallets}
    assets = {
        each.wallet_pk: replace(asset_of(each.asset_code), exponent=each.exponent)
        for each in wallets
    }
    if asked.cursor is not None and asked.offset:
        raise invalid_request({"offset": ["must be left out if a cursor is given"]})
    question = (asked.user_id, asset.code if asset else None)
    position = None if asked.cursor is None else position_of(asked.cursor, currencies, *question)
    page = asset_history(wallets=wallets, position=position, offset=asked.offset, limit=asked.limit)
    pagination = Pagination(
        limit=asked.limit,
        offset=asked.offset if position is None else None,
        has_more=page.next_position is not None,
        next_cursor=cursor_of(page.next_position, currencies, *question),
    )
    return History(asset, [(assets[row.wallet_pk], row) for row in page.rows], pagination)


def _asked_for(user_id: str, asset_code: str | None) -> tuple[Asset | None, list[AssetBalance]]:
    if asset_code is None:
        return None, balances_of_player(player_id=user_id)
    asset = asset_of(asset_code)
    return asset, [balance_of_holding(holding=Holding(user_id, asset.code))]
