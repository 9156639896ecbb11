"""POST /api/v1/wallets/spend."""

from tests.api.wallets.holder import Holder, code_of, details_of, entries_of, send
from tests.casino_world import nothing_written
from tests.factories import unique


def test_it_takes_the_amount_to_sales(alice: Holder) -> None:
    reference = unique("reference")
    answer = alice.spend(400, reference_id=reference, item_id="sword of gold")

    assert answer.status == 200
    (made,) = alice.transactions()
    assert answer.body == {
        "transaction_id": str(made.id),
        "user_id": alice.user_id,
        "asset_code": "GOLD_COINS",
        "amount": 400,
        "balance": 600,
        "transaction_type": "SPEND",
        "timestamp": made.created_at.isoformat().replace("+00:00", "Z"),
    }
    assert made.details == '{"request":"spend","item_id":"sword of gold"}'
    assert entries_of(made) == [("WALLET", -400), ("SALES", 400)]
    assert alice.balance == 600


def test_the_last_coin_can_be_spent(alice: Holder) -> None:
    assert alice.spend(1_000).body["balance"] == 0


def test_it_refuses_what_the_wallet_does_not_hold(alice: Holder) -> None:
    with nothing_written():
        answer = alice.spend(1_001)
    assert code_of(answer) == (402, "INSUFFICIENT_FUNDS")
    assert details_of(answer) == {"balance": 1_000}


def test_a_refused_reference_may_succeed_later(alice: Holder) -> None:
    spend = alice.movement(1_500, item_id="castle")
    assert code_of(send("/api/v1/wallets/spend", spend)) == (402, "INSUFFICIENT_FUNDS")
    alice.top_up(500)
    answer = send("/api/v1/wallets/spend", spend)
    assert (answer.status, answer.is_replay, answer.body["balance"]) == (200, False, 0)


def test_it_answers_a_duplicate_though_the_money_is_gone(alice: Holder) -> None:
    spend = alice.movement(1_000, item_id="castle")
    first, second = (send("/api/v1/wallets/spend", spend) for _ in range(2))

    assert (second.status, second.is_replay) == (200, True)
    assert second.raw == first.raw
    assert alice.balance == 0


def test_another_item_under_the_same_reference_is_a_conflict(alice: Holder) -> None:
    reference = unique("reference")
    alice.spend(10, reference_id=reference, item_id="sword")
    with nothing_written():
        answer = alice.spend(10, reference_id=reference, item_id="shield")
    assert code_of(answer) == (409, "TRANSACTION_CONFLICT")


def test_its_item_is_required(alice: Holder) -> None:
    with nothing_written():
        answer = send("/api/v1/wallets/spend", alice.movement(30))
    assert code_of(answer) == (400, "VALIDATION_ERROR")
    assert details_of(answer) == {"item_id": ["is required"]}
