"""Histories of assets: page 10,000 costs as much as page 1, by cursor and by offset."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from casino.ledger.audit import breaks
from casino.models import Wallet
from casino.operations.balances import AssetBalance, balances_of_player
from casino.operations.histories import (
    DEEPEST_MERGED_OFFSET,
    OffsetTooDeep,
    asset_history,
)
from tests.api.wallets.holder import add_wallet, make_assets
from tests.casino_world import make_play
from tests.factories import CurrencyFactory, WalletFactory
from tests.ledger.test_histories import ROWS, buffers, lost_rounds, outline, plan

PAGE = 10_000


@pytest.fixture(scope="module")
def veteran() -> AssetBalance:
    """A wallet of gold coins with more than ten thousand transactions."""
    make_assets()
    gold = CurrencyFactory(code="GOLD_COINS")
    play = make_play(wallet=WalletFactory(currency=gold, opening=1_000))
    lost_rounds(play, ROWS)
    assert list(breaks(wallet_pks=[play.wallet_pk])) == []
    (balance,) = balances_of_player(player_id=play.session.user.username)
    return balance


def by_offset(wallet: AssetBalance, page: int, limit: int = 1) -> Callable[[], Any]:
    return lambda: asset_history(wallets=[wallet], offset=(page - 1) * limit, limit=limit)


def by_cursor(wallet: AssetBalance, page: int, limit: int = 1) -> Callable[[], Any]:
    position = {wallet.wallet_pk: wallet.version + 1 - (page - 1) * limit}
    return lambda: asset_history(wallets=[wallet], position=position, limit=limit)


@pytest.mark.parametrize("paged", [by_offset, by_cursor])
def test_page_ten_thousand_costs_what_page_one_costs(
    veteran: AssetBalance, paged: Callable[..., Callable[[], Any]]
) -> None:
    first, deep = plan(paged(veteran, 1)), plan(paged(veteran, PAGE))

    assert outline(first) == outline(deep)
    assert "casino_transactions_sequence" in json.dumps(outline(first))
    assert abs(buffers(deep) - buffers(first)) <= 4
    (row,) = paged(veteran, PAGE)().rows
    assert row.sequence == veteran.version - PAGE + 1


def test_an_offset_and_a_cursor_lead_to_the_same_page(veteran: AssetBalance) -> None:
    for page in (1, 2, 100, 101):
        assert by_offset(veteran, page, 100)() == by_cursor(veteran, page, 100)()
    assert by_offset(veteran, 102, 100)().next_position is None


def test_an_offset_past_the_end_finds_nothing(veteran: AssetBalance) -> None:
    for offset in (veteran.version, veteran.version + 1, 2**63 - 1):
        assert asset_history(wallets=[veteran], offset=offset, limit=5) == ((), None)


def test_a_list_of_several_assets_is_merged_down_to_its_offset(veteran: AssetBalance) -> None:
    player_id = player_of(veteran)
    add_wallet(player_id, "DIAMONDS", 10)
    wallets = balances_of_player(player_id=player_id)

    whole = asset_history(wallets=wallets, limit=DEEPEST_MERGED_OFFSET + 100).rows
    page = asset_history(wallets=wallets, offset=DEEPEST_MERGED_OFFSET, limit=100)
    assert page.rows == whole[DEEPEST_MERGED_OFFSET:]
    after = asset_history(wallets=wallets, position=page.next_position, limit=1)
    assert after.rows[0].sequence == page.rows[-1].sequence - 1
    with pytest.raises(OffsetTooDeep):
        asset_history(wallets=wallets, offset=DEEPEST_MERGED_OFFSET + 1, limit=1)


def player_of(balance: AssetBalance) -> str:
    return str(Wallet.objects.get(pk=balance.wallet_pk).user.username)


def test_no_wallets_have_no_history() -> None:
    assert asset_history(wallets=[], limit=5) == ((), None)
