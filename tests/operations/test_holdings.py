"""Top-ups, bonuses and purchases as a bookkeeper sees them, and what they refuse."""

from typing import Any

import pytest

from casino.ledger.audit import breaks
from casino.ledger.errors import (
    BalanceOverLimit,
    InsufficientFunds,
    TransactionConflict,
    WalletNotFound,
)
from casino.ledger.post import Posted, post
from casino.models import LedgerEntry, Wallet
from casino.operations.errors import PlayerNotFound
from casino.operations.holdings import (
    AddFunds,
    GiveBonus,
    Holding,
    HoldingOperation,
    RemoveFunds,
    Spend,
    TopUp,
    VersionMismatch,
)
from tests.api.wallets.holder import make_assets
from tests.casino_world import Play, nothing_written
from tests.factories import CurrencyFactory, UserFactory, WalletFactory, unique

Kind = type[HoldingOperation[Any]]


def carry_out(
    kind: Kind, holding: Holding, amount: int, *, reference: str | None = None, **more: object
) -> Posted:
    operation = kind(
        external_id=reference or unique("reference"), holding=holding, amount=amount, **more
    )
    return post(operation, answer=lambda receipt: f'{{"balance":{receipt.wallet.playable}}}')


@pytest.fixture
def empty() -> Holding:
    make_assets()
    wallet = WalletFactory(currency=CurrencyFactory(code="GOLD_COINS"))
    return Holding(wallet.user.username, "GOLD_COINS")


def wallet_of(holding: Holding) -> Wallet:
    return Wallet.objects.get(user__username=holding.player_id, currency_id=holding.asset_code)


def house_of(holding: Holding) -> dict[str, int]:
    """What this wallet's movements left on each house account."""
    totals: dict[str, int] = {}
    for entry in LedgerEntry.objects.filter(transaction__wallet=wallet_of(holding), wallet=None):
        totals[entry.account] = totals.get(entry.account, 0) + entry.amount
    return totals


def test_a_story_of_coins(empty: Holding) -> None:
    """A user buys 100 coins, is given 20, and spends 90 on a sword: 30 are left."""
    carry_out(TopUp, empty, 100)
    carry_out(GiveBonus, empty, 20)
    carry_out(Spend, empty, 90)

    wallet = wallet_of(empty)
    assert (wallet.playable_balance, wallet.redeemable_balance, wallet.version) == (30, 0, 3)
    assert house_of(empty) == {"TREASURY": -100, "BONUS": -20, "SALES": 90}
    assert sum(house_of(empty).values()) + wallet.playable_balance == 0
    assert list(breaks(wallet_pks=[wallet.pk])) == []


def test_funds_come_from_the_treasury_and_go_to_sales(empty: Holding) -> None:
    carry_out(AddFunds, empty, 50, if_version=None)
    carry_out(RemoveFunds, empty, 50, if_version=None)

    assert wallet_of(empty).playable_balance == 0
    assert house_of(empty) == {"TREASURY": -50, "SALES": 50}
    assert list(breaks(wallet_pks=[wallet_of(empty).pk])) == []


def test_what_may_not_be_withdrawn_is_spent_first(play: Play) -> None:
    """Section 3 of the contract; this also holds in a currency with redeemable wins."""
    play.debit(1_000, roundId="r")
    play.credit(400, roundId="r")
    assert play.balances == (99_400, 400)
    holding = Holding(play.session.user.username, "EUR")

    carry_out(Spend, holding, 99_000)
    assert play.balances == (400, 400)
    carry_out(Spend, holding, 150)
    assert play.balances == (250, 250)


def test_a_version_is_held_against_the_wallet_after_the_look_for_a_duplicate(
    empty: Holding,
) -> None:
    reference = unique("reference")
    first = carry_out(AddFunds, empty, 10, reference=reference, if_version=(0,))
    again = carry_out(AddFunds, empty, 10, reference=reference, if_version=(0,))
    assert (first.is_replay, again.is_replay) == (False, True)
    assert again.body == first.body == '{"balance":10}'
    with nothing_written(), pytest.raises(VersionMismatch) as refused:
        carry_out(AddFunds, empty, 10, if_version=(0,))
    assert refused.value.version == 1
    with nothing_written(), pytest.raises(TransactionConflict):
        carry_out(AddFunds, empty, 11, reference=reference, if_version=(0,))
    carry_out(RemoveFunds, empty, 10, if_version=(0, 1))
    with nothing_written(), pytest.raises(VersionMismatch):
        carry_out(RemoveFunds, empty, 10, if_version=())


def test_a_version_that_changed_is_said_before_the_money_is_counted(empty: Holding) -> None:
    with pytest.raises(VersionMismatch):
        carry_out(RemoveFunds, empty, 10, if_version=(7,))
    with pytest.raises(InsufficientFunds):
        carry_out(RemoveFunds, empty, 10, if_version=(0,))


@pytest.mark.parametrize("operation", [TopUp, GiveBonus, Spend])
def test_who_is_unknown_is_refused(empty: Holding, operation: Kind) -> None:
    without_wallet = UserFactory().username
    with nothing_written():
        with pytest.raises(PlayerNotFound):
            carry_out(operation, Holding(unique("nobody"), "GOLD_COINS"), 1)
        with pytest.raises(WalletNotFound):
            carry_out(operation, Holding(without_wallet, "GOLD_COINS"), 1)


def test_the_largest_balance_is_not_passed(empty: Holding) -> None:
    carry_out(TopUp, empty, 2**63 - 1)
    with nothing_written():
        with pytest.raises(BalanceOverLimit):
            carry_out(TopUp, empty, 1)
        with pytest.raises(BalanceOverLimit):
            carry_out(GiveBonus, empty, 1)
    carry_out(Spend, empty, 2**63 - 1)
    assert wallet_of(empty).playable_balance == 0
