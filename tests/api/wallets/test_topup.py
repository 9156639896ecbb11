"""POST /api/v1/wallets/topup."""

import json

from tests.api.wallets.holder import Holder, add_wallet, code_of, details_of, entries_of, send
from tests.casino_world import nothing_written
from tests.factories import unique
from tests.wire.bad_requests import with_json


def test_it_adds_the_amount_from_the_treasury(alice: Holder) -> None:
    reference = unique("reference")
    answer = alice.top_up(250, reference_id=reference)

    assert answer.status == 200
    (made,) = alice.transactions()
    assert answer.body == {
        "transaction_id": str(made.id),
        "user_id": alice.user_id,
        "asset_code": "GOLD_COINS",
        "amount": 250,
        "balance": 1_250,
        "transaction_type": "TOPUP",
        "timestamp": made.created_at.isoformat().replace("+00:00", "Z"),
    }
    assert (made.transaction_type, made.source, made.external_transaction_id) == (
        "TOPUP",
        "wallets",
        reference,
    )
    assert entries_of(made) == [("WALLET", 250), ("TREASURY", -250)]
    assert alice.balance == 1_250


def test_it_takes_the_short_code_for_the_same_asset(alice: Holder) -> None:
    reference = unique("reference")
    by_short_code = alice.top_up(250, reference_id=reference, asset_code="GC")
    by_long_code = alice.top_up(250, reference_id=reference, asset_code="GOLD_COINS")

    assert by_short_code.body["asset_code"] == "GOLD_COINS"
    assert by_long_code.is_replay
    assert by_long_code.raw == by_short_code.raw
    assert alice.balance == 1_250


def test_what_is_topped_up_may_be_played_with_and_not_withdrawn(alice: Holder) -> None:
    alice.top_up(250)
    assert (alice.wallet.playable_balance, alice.wallet.redeemable_balance) == (1_250, 0)


def test_it_answers_a_duplicate_with_the_same_bytes_and_moves_nothing(alice: Holder) -> None:
    top_up = alice.movement(250, payment_method="card", metadata={"order": 1, "items": ["a"]})
    first = send("/api/v1/wallets/topup", top_up)
    second = send("/api/v1/wallets/topup", top_up)

    assert (first.is_replay, second.is_replay) == (False, True)
    assert second.raw == first.raw
    assert alice.balance == 1_250


def test_the_order_of_keys_and_unknown_fields_are_not_content(alice: Holder) -> None:
    top_up = alice.movement(250, metadata={"a": {"x": 1, "y": 2}, "b": 3})
    first = send("/api/v1/wallets/topup", top_up)
    reordered = dict(reversed(top_up.items()), metadata={"b": 3, "a": {"y": 2, "x": 1}}, more="!")
    second = send("/api/v1/wallets/topup", json.dumps(reordered, indent=2).encode())

    assert second.is_replay
    assert second.raw == first.raw


def test_how_a_number_of_metadata_is_written_is_not_content(alice: Holder) -> None:
    top_up = alice.movement(250)
    bodies = [
        with_json(top_up, "metadata", f'{{"order": [{number}]}}')
        for number in ("1", "1.0", "1.00", "10e-1", "2", "1.0000000000000000001")
    ]
    answers = [send("/api/v1/wallets/topup", body) for body in bodies]

    assert [answer.status for answer in answers] == [200, 200, 200, 200, 409, 409]
    assert len({answer.raw for answer in answers[:4]}) == 1
    assert alice.balance == 1_250


def test_empty_metadata_says_as_much_as_none(alice: Holder) -> None:
    top_up = alice.movement(250)
    saying = ({"metadata": {}}, {}, {"metadata": None}, {"metadata": {"a": None}})
    answers = [send("/api/v1/wallets/topup", {**top_up, **said}) for said in saying]

    assert [answer.status for answer in answers] == [200, 200, 200, 409]
    assert len({answer.raw for answer in answers[:3]}) == 1
    assert alice.balance == 1_250


def test_the_same_reference_for_anything_else_is_a_conflict(alice: Holder) -> None:
    reference = unique("reference")
    said = {"payment_method": "card", "metadata": {"order": 1}}
    assert alice.top_up(250, reference_id=reference, **said).status == 200
    other = add_wallet(alice.user_id, "DIAMONDS", 0)
    with nothing_written():
        answers = [
            alice.top_up(251, reference_id=reference, **said),
            other.top_up(250, reference_id=reference, **said),
            alice.top_up(250, reference_id=reference),
            alice.top_up(250, reference_id=reference, **{**said, "payment_method": "cash"}),
            alice.top_up(250, reference_id=reference, **{**said, "metadata": {"order": 2}}),
            alice.bonus(250, reference_id=reference),
            alice.spend(250, reference_id=reference),
            alice.add_funds(250, key=reference),
        ]
    assert [code_of(answer) for answer in answers] == [(409, "TRANSACTION_CONFLICT")] * 8


def test_a_refused_reference_may_succeed_later(alice: Holder) -> None:
    reference = unique("reference")
    assert code_of(alice.top_up(2**63 - 1, reference_id=reference)) == (400, "VALIDATION_ERROR")
    assert alice.top_up(10, reference_id=reference).status == 200


def test_a_balance_past_64_bits_is_refused(alice: Holder) -> None:
    with nothing_written():
        answer = alice.top_up(2**63 - 1_000)
    assert code_of(answer) == (400, "VALIDATION_ERROR")
    assert details_of(answer) == {
        "amount": ["would take the balance past the largest possible balance"]
    }
    assert answer.body["error"]["message"] == (
        "amount: would take the balance past the largest possible balance"
    )
    assert alice.top_up(2**63 - 1_001).body["balance"] == 2**63 - 1


def test_what_is_unknown_is_named(alice: Holder) -> None:
    with nothing_written():
        answers = [
            alice.top_up(user_id=unique("nobody")),
            alice.top_up(asset_code="SILVER"),
            alice.top_up(asset_code="EUR"),
            alice.top_up(asset_code="gold_coins"),
            alice.top_up(asset_code="LP"),
        ]
    assert [code_of(answer) for answer in answers] == [
        (404, "USER_NOT_FOUND"),
        (404, "ASSET_NOT_FOUND"),
        (404, "ASSET_NOT_FOUND"),
        (404, "ASSET_NOT_FOUND"),
        (404, "WALLET_NOT_FOUND"),
    ]


def test_amounts_are_in_the_smallest_unit_of_an_asset_with_decimals(alice: Holder) -> None:
    held = add_wallet(alice.user_id, "TEST_CREDITS", 1_000)
    answer = held.top_up(250)
    assert (answer.body["amount"], answer.body["balance"]) == (250, 1_250)
    assert held.balance == 1_250
