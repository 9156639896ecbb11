"""A person corrects a wallet only once, with a reason, and never to below zero."""

import json
import threading
from typing import Any

import pytest
from django.db import connections

from casino.ledger.audit import breaks
from casino.ledger.errors import (
    BalanceOverLimit,
    InsufficientFunds,
    TransactionConflict,
    WalletNotFound,
)
from casino.ledger.money import LARGEST_AMOUNT
from casino.models import Account, Kind, LedgerEntry, Transaction
from casino.operations.adjustments import Adjusted, adjust
from tests.casino_world import Play, make_play, nothing_written
from tests.factories import unique


def correct(play: Play, amount: int, **fields: Any) -> Adjusted:
    return adjust(
        **{
            "wallet_id": play.wallet.wallet_id,
            "amount_signed_minor": amount,
            "reason": "lost in the old system",
            "actor": "ada",
            "idempotency_key": unique("adjustment"),
            **fields,
        }
    )


def with_redeemable(play: Play) -> None:
    """Leave 1,000.00 playable, of which 300.00 are redeemable."""
    round_id = unique("round")
    assert play.debit(30_000, roundId=round_id).status == 200
    assert play.credit(30_000, roundId=round_id).status == 200
    assert play.balances == (100_000, 30_000)


def test_what_is_added_can_be_played_with_and_not_withdrawn(play: Play) -> None:
    with_redeemable(play)
    adjusted = correct(play, 2_550)
    assert (adjusted.amount, adjusted.balance, adjusted.is_replay) == (2_550, 102_550, False)
    assert play.balances == (102_550, 30_000)


def test_what_is_taken_is_taken_from_what_is_not_redeemable_first(play: Play) -> None:
    with_redeemable(play)
    assert correct(play, -60_000).balance == 40_000
    assert play.balances == (40_000, 30_000)
    assert correct(play, -25_000).balance == 15_000
    assert play.balances == (15_000, 15_000)
    assert correct(play, -15_000).balance == 0
    assert play.balances == (0, 0)


def test_it_tells_who_and_why_and_balances_against_its_own_account(play: Play) -> None:
    adjusted = correct(play, -300, reason="paid twice — “round 7”", actor="grace", request_id="r-1")
    posted = Transaction.objects.get(pk=adjusted.transaction_id)
    assert (posted.transaction_type, posted.amount, posted.redeemable_amount) == (
        Kind.ADJUSTMENT,
        300,
        0,
    )
    assert (posted.source, posted.request_id) == ("adjustments", "r-1")
    assert json.loads(posted.details) == {
        "actor": "grace",
        "reason": "paid twice — “round 7”",
        "amount": -300,
    }
    entries = LedgerEntry.objects.filter(transaction=posted).order_by("pk")
    assert [(entry.account, entry.amount) for entry in entries] == [
        (Account.WALLET, -300),
        (Account.ADJUSTMENT, 300),
    ]


def test_it_is_refused_where_the_wallet_holds_less(play: Play) -> None:
    with nothing_written(), pytest.raises(InsufficientFunds) as refused:
        correct(play, -100_001)
    assert refused.value.balance == 100_000


def test_it_is_refused_past_the_largest_balance(play: Play) -> None:
    with nothing_written(), pytest.raises(BalanceOverLimit):
        correct(play, LARGEST_AMOUNT)


def test_it_is_refused_for_a_wallet_that_is_not_there(play: Play) -> None:
    with nothing_written(), pytest.raises(WalletNotFound):
        correct(play, 1, wallet_id=unique("nowhere"))


@pytest.mark.parametrize(
    ("amount", "fields"),
    [(0, {}), (1, {"reason": " "}), (1, {"reason": ""}), (1, {"actor": ""})],
)
def test_it_needs_an_amount_a_reason_and_an_actor(
    play: Play, amount: int, fields: dict[str, str]
) -> None:
    with nothing_written(), pytest.raises(ValueError, match="a reason and an actor"):
        correct(play, amount, **fields)


def test_one_key_moves_money_once(play: Play) -> None:
    key = unique("adjustment")
    first, again = (correct(play, 500, idempotency_key=key) for _ in range(2))
    assert again == first._replace(is_replay=True)
    assert play.balances == (100_500, 0)


@pytest.mark.parametrize(
    ("amount", "fields"), [(501, {}), (-500, {}), (500, {"reason": "x"}), (500, {"actor": "eve"})]
)
def test_one_key_is_for_one_adjustment(play: Play, amount: int, fields: dict[str, str]) -> None:
    """Another amount, direction, reason or person makes it another adjustment."""
    key = unique("adjustment")
    correct(play, 500, idempotency_key=key)
    with nothing_written(), pytest.raises(TransactionConflict):
        correct(play, amount, idempotency_key=key, **fields)


def test_one_key_is_for_one_wallet(play: Play) -> None:
    other, key = make_play(), unique("adjustment")
    correct(play, 500, idempotency_key=key)
    with nothing_written(), pytest.raises(TransactionConflict):
        correct(other, 500, idempotency_key=key)


def test_twenty_at_once_with_one_key_move_money_once(play: Play) -> None:
    key, barrier = unique("adjustment"), threading.Barrier(20)
    adjusted: list[Adjusted] = []

    def send() -> None:
        barrier.wait()
        try:
            adjusted.append(correct(play, -700, idempotency_key=key))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(adjusted) == 20
    assert {one.transaction_id for one in adjusted} == {adjusted[0].transaction_id}
    assert sorted(one.is_replay for one in adjusted) == [False, *[True] * 19]
    assert play.balances == (99_300, 0)


def test_the_audit_knows_adjustments_of_either_direction(play: Play) -> None:
    correct(play, 500)
    correct(play, -900)
    assert list(breaks(wallet_pks=[play.wallet_pk])) == []
