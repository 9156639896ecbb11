"""How movements change both balances; 0 ≤ redeemable ≤ playable always holds."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from casino.ledger.errors import BalanceOverLimit, InsufficientFunds
from casino.ledger.money import LARGEST_AMOUNT
from casino.ledger.movements import (
    Balance,
    Movement,
    Purchase,
    RepeatedReversal,
    Stake,
    Tombstone,
    adjustment,
    bonus,
    opening,
    reversal,
    spend,
    stake,
    top_up,
    win,
)
from casino.models import Account, Kind


@st.composite
def balances(draw: st.DrawFn) -> Balance:
    playable = draw(st.integers(0, LARGEST_AMOUNT))
    return Balance(playable, draw(st.integers(0, playable)))


amounts = st.integers(1, LARGEST_AMOUNT)


@pytest.mark.parametrize(
    ("balance", "amount", "redeemable_taken"),
    [
        (Balance(100, 0), 100, 0),
        (Balance(100, 100), 40, 40),
        (Balance(100, 40), 60, 0),
        (Balance(100, 40), 61, 1),
        (Balance(100, 40), 100, 40),
        (Balance(1, 1), 1, 1),
    ],
)
def test_a_stake_uses_what_is_not_redeemable_first(
    balance: Balance, amount: int, redeemable_taken: int
) -> None:
    assert stake(balance, amount) == Stake(-amount, -redeemable_taken)
    assert spend(balance, amount) == Purchase(-amount, -redeemable_taken)


@pytest.mark.parametrize("taken", [stake, spend])
def test_more_than_there_is_is_refused_with_what_there_is(taken: object) -> None:
    with pytest.raises(InsufficientFunds) as refused:
        taken(Balance(100, 40), 101)  # type: ignore[operator]

    assert refused.value.balance == 100


@pytest.mark.parametrize(
    ("movement", "kind", "changes", "account"),
    [
        (opening(70), Kind.OPENING, (70, 0), Account.TREASURY),
        (stake(Balance(100, 40), 70), Kind.BET, (-70, -10), Account.GAMES),
        (win(70, is_redeemable=True), Kind.WIN, (70, 70), Account.GAMES),
        (win(70, is_redeemable=False), Kind.WIN, (70, 0), Account.GAMES),
        (win(0, is_redeemable=True), Kind.WIN, (0, 0), Account.GAMES),
        (reversal(70, 30), Kind.ROLLBACK, (70, 30), Account.GAMES),
        (RepeatedReversal(0, 0), Kind.REPEATED_ROLLBACK, (0, 0), Account.GAMES),
        (Tombstone(0, 0), Kind.TOMBSTONE, (0, 0), Account.GAMES),
        (top_up(70), Kind.TOPUP, (70, 0), Account.TREASURY),
        (bonus(70), Kind.BONUS, (70, 0), Account.BONUS),
        (spend(Balance(100, 40), 70), Kind.SPEND, (-70, -10), Account.SALES),
        (adjustment(Balance(100, 40), 70), Kind.ADJUSTMENT, (70, 0), Account.ADJUSTMENT),
        (adjustment(Balance(100, 40), -70), Kind.ADJUSTMENT, (-70, -10), Account.ADJUSTMENT),
    ],
)
def test_each_movement_has_its_kind_its_buckets_and_its_account(
    movement: Movement, kind: Kind, changes: tuple[int, int], account: Account
) -> None:
    assert (movement.kind, movement.account) == (kind, account)
    assert (movement.playable, movement.redeemable) == changes


def test_every_kind_has_a_movement_of_its_own() -> None:
    assert sorted(movement.kind for movement in Movement.__subclasses__()) == sorted(Kind)


def test_a_movement_tells_what_moved_without_its_sign() -> None:
    movement = stake(Balance(100, 40), 61)

    assert (movement.amount, movement.redeemable_amount) == (61, 1)


@given(balances(), amounts)
def test_a_stake_follows_the_formula(balance: Balance, amount: int) -> None:
    """n = min(a, playable − redeemable), r = a − n."""
    assume(amount <= balance.playable)
    after = stake(balance, amount).applied_to(balance)
    n = min(amount, balance.playable - balance.redeemable)

    assert after == Balance(balance.playable - amount, balance.redeemable - (amount - n))
    assert 0 <= after.redeemable <= after.playable


@given(balances(), amounts)
def test_a_reversal_is_the_stake_undone(balance: Balance, amount: int) -> None:
    assume(amount <= balance.playable)
    taken = stake(balance, amount)
    given_back = reversal(taken.amount, taken.redeemable_amount)

    assert given_back.applied_to(taken.applied_to(balance)) == balance


@given(balances(), amounts)
def test_a_balance_past_the_largest_is_refused(balance: Balance, amount: int) -> None:
    movement = win(amount, is_redeemable=True)
    if balance.playable + amount <= LARGEST_AMOUNT:
        after = movement.applied_to(balance)
        assert after == Balance(balance.playable + amount, balance.redeemable + amount)
    else:
        with pytest.raises(BalanceOverLimit):
            movement.applied_to(balance)


class Wallet(RuleBasedStateMachine):
    """A wallet through any sequence of bets, wins, rollbacks, top-ups and purchases."""

    def __init__(self) -> None:
        super().__init__()
        self.balance = Balance(0, 0)
        self.open_bets: list[Movement] = []
        self.house = 0

    def apply(self, movement: Movement) -> None:
        self.balance = movement.applied_to(self.balance)
        self.house -= movement.playable

    @rule(amount=st.integers(1, 10**6))
    def top_up(self, amount: int) -> None:
        self.apply(top_up(amount))

    @rule(amount=st.integers(0, 10**6), is_redeemable=st.booleans())
    def win(self, amount: int, is_redeemable: bool) -> None:
        self.apply(win(amount, is_redeemable=is_redeemable))

    @rule(amount=st.integers(1, 10**6))
    def bet(self, amount: int) -> None:
        try:
            taken = stake(self.balance, amount)
        except InsufficientFunds:
            assert amount > self.balance.playable
        else:
            self.apply(taken)
            self.open_bets.append(taken)

    @rule(amount=st.integers(1, 10**6))
    def spend(self, amount: int) -> None:
        if amount <= self.balance.playable:
            self.apply(spend(self.balance, amount))

    @rule(data=st.data())
    def roll_back(self, data: st.DataObject) -> None:
        if self.open_bets:
            bet = self.open_bets.pop(data.draw(st.integers(0, len(self.open_bets) - 1)))
            self.apply(reversal(bet.amount, bet.redeemable_amount))

    @invariant()
    def redeemable_is_a_part_of_playable(self) -> None:
        assert 0 <= self.balance.redeemable <= self.balance.playable

    @invariant()
    def nothing_is_made_or_lost(self) -> None:
        assert self.house + self.balance.playable == 0


TestWallet = Wallet.TestCase
