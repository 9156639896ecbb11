"""POST /api/v1/wallets/bonus."""

import pytest

from tests.api.wallets.holder import Holder, code_of, details_of, entries_of, send
from tests.casino_world import nothing_written
from tests.factories import unique


def test_it_adds_the_amount_at_the_cost_of_the_bonus_account(alice: Holder) -> None:
    reference = unique("reference")
    answer = alice.bonus(30, reference_id=reference, bonus_type="daily")

    assert answer.status == 200
    (made,) = alice.transactions()
    assert answer.body == {
        "transaction_id": str(made.id),
        "user_id": alice.user_id,
        "asset_code": "GOLD_COINS",
        "amount": 30,
        "balance": 1_030,
        "transaction_type": "BONUS",
        "timestamp": made.created_at.isoformat().replace("+00:00", "Z"),
    }
    assert made.details == '{"request":"bonus","bonus_type":"daily"}'
    assert entries_of(made) == [("WALLET", 30), ("BONUS", -30)]
    assert (alice.wallet.playable_balance, alice.wallet.redeemable_balance) == (1_030, 0)


def test_it_answers_a_duplicate_with_the_same_bytes_and_moves_nothing(alice: Holder) -> None:
    bonus = alice.movement(30, bonus_type="daily", metadata={})
    first, second = (send("/api/v1/wallets/bonus", bonus) for _ in range(2))

    assert (first.is_replay, second.is_replay) == (False, True)
    assert second.raw == first.raw
    assert alice.balance == 1_030


def test_another_type_under_the_same_reference_is_a_conflict(alice: Holder) -> None:
    reference = unique("reference")
    alice.bonus(30, reference_id=reference, bonus_type="daily")
    with nothing_written():
        answer = alice.bonus(30, reference_id=reference, bonus_type="weekly")
    assert code_of(answer) == (409, "TRANSACTION_CONFLICT")


@pytest.mark.parametrize(
    ("bonus_type", "message"),
    [
        (None, "must not be null"),
        ("", "must have 1 to 128 characters"),
        ("x" * 129, "must have 1 to 128 characters"),
        (7, "must be a string"),
        (["daily"], "must be a string"),
        ("a\u0000b", "must be one line without control characters"),
        ("a\nb", "must be one line without control characters"),
        ("\ud800", "must be one line without control characters"),
        ("  ", "must not be blank"),
        ("\u00a0\u200b\ufeff", "must not be blank"),
    ],
)
def test_its_type_must_be_words(alice: Holder, bonus_type: object, message: str) -> None:
    with nothing_written():
        answer = alice.bonus(30, bonus_type=bonus_type)
    assert code_of(answer) == (400, "VALIDATION_ERROR")
    assert details_of(answer) == {"bonus_type": [message]}


def test_its_type_is_required(alice: Holder) -> None:
    with nothing_written():
        answer = send("/api/v1/wallets/bonus", alice.movement(30))
    assert details_of(answer) == {"bonus_type": ["is required"]}
