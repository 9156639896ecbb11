"""POST /transaction."""

from typing import Any

import pytest

from tests.api.wallets.holder import (
    Holder,
    add_wallet,
    code_of,
    details_of,
    entries_of,
    send,
)
from tests.casino_world import Answer, nothing_written, request
from tests.factories import unique
from tests.wire.bad_requests import with_json


def transaction(holder: Holder, kind: str = "topup", amount: Any = 100, **fields: Any) -> Answer:
    """Send it without an idempotency key unless one is given."""
    return send("/transaction", body_of(holder, kind, amount, **fields))


def body_of(holder: Holder, kind: str, amount: Any, **fields: Any) -> dict[str, Any]:
    return {
        "transaction_type": kind,
        "user_id": holder.user_id,
        "asset_code": "GC" if holder.asset_code == "GOLD_COINS" else holder.asset_code,
        "amount": amount,
        **fields,
    }


def with_amount(holder: Holder, literal: str) -> Answer:
    """Send the amount exactly as ``literal`` writes it."""
    return send("/transaction", with_json(body_of(holder, "topup", 0), "amount", literal))


def test_a_topup_adds_from_the_treasury(alice: Holder) -> None:
    key = unique("key")
    answer = transaction(alice, "topup", 100.00, description="A gift", idempotency_key=key)

    assert answer.status == 200
    (made,) = alice.transactions()
    assert answer.body == {
        "transaction_id": str(made.id),
        "transaction_type": "topup",
        "status": "completed",
        "user_id": alice.user_id,
        "asset_code": "GC",
        "amount": 100,
        "balance": 1_100,
        "balance_before": 1_000,
        "balance_after": 1_100,
        "reference_id": key,
        "description": "A gift",
        "timestamp": made.created_at.isoformat().replace("+00:00", "Z"),
    }
    made_of = (made.transaction_type, made.source, made.external_transaction_id)
    assert made_of == ("TOPUP", "wallets", key)
    assert entries_of(made) == [("WALLET", 100), ("TREASURY", -100)]
    assert alice.balance == 1_100


@pytest.mark.parametrize(
    ("kind", "entries", "after"),
    [
        ("bonus", [("WALLET", 100), ("BONUS", -100)], 1_100),
        ("purchase", [("WALLET", -100), ("SALES", 100)], 900),
    ],
)
def test_each_type_has_its_account(
    alice: Holder, kind: str, entries: list[tuple[str, int]], after: int
) -> None:
    answer = transaction(alice, kind)
    (made,) = alice.transactions()
    assert entries_of(made) == entries
    assert (answer.body["transaction_type"], answer.body["description"]) == (kind, None)
    assert (answer.body["balance_before"], answer.body["balance_after"]) == (1_000, after)
    assert alice.balance == after


def test_a_purchase_is_refused_what_the_wallet_does_not_hold(alice: Holder) -> None:
    with nothing_written():
        answer = transaction(alice, "purchase", 1_001)
    assert code_of(answer) == (402, "INSUFFICIENT_FUNDS")
    assert details_of(answer) == {"balance": 1_000}


def test_the_balance_of_a_refusal_is_in_whole_units_too(alice: Holder) -> None:
    held = add_wallet(alice.user_id, "TEST_CREDITS", 1_050)
    with nothing_written():
        answer = transaction(held, "purchase", 11)
    assert code_of(answer) == (402, "INSUFFICIENT_FUNDS")
    assert b'"details":{"balance":10.50}' in answer.raw


@pytest.mark.parametrize(
    "description",
    [
        "هدیه\u200cی تولد",
        "東京\u3000タワー",
        "Prix\u00a0: 5\u202f€",
        "👩\u200d👩\u200d👧",
        "one\r\n\ttwo\n",
    ],
)
def test_a_description_has_whatever_people_write(alice: Holder, description: str) -> None:
    answer = transaction(alice, description=description)

    assert (answer.status, answer.body["description"]) == (200, description)
    [row] = request("GET", f"/transaction/{alice.user_id}/history?limit=1").body["transactions"]
    assert row["description"] == description


def test_without_a_key_each_request_is_a_new_one(alice: Holder) -> None:
    first, second = transaction(alice), transaction(alice)
    assert (first.is_replay, second.is_replay) == (False, False)
    assert first.body["reference_id"] != second.body["reference_id"]
    assert alice.balance == 1_200


@pytest.mark.parametrize("by", ["body", "header", "both"])
def test_a_key_makes_it_happen_once(alice: Holder, by: str) -> None:
    key = unique("key")
    body = body_of(alice, "topup", 100, **({} if by == "header" else {"idempotency_key": key}))
    headers = {} if by == "body" else {"Idempotency-Key": key}
    first, second = (send("/transaction", body, headers) for _ in range(2))

    assert (first.is_replay, second.is_replay) == (False, True)
    assert second.raw == first.raw
    assert first.body["reference_id"] == key
    assert alice.balance == 1_100


def test_an_empty_description_says_as_much_as_none(alice: Holder) -> None:
    key = unique("key")
    answers = [
        transaction(alice, "topup", 100, idempotency_key=key, **said)
        for said in ({"description": ""}, {}, {"description": None}, {"description": " "})
    ]

    assert [answer.status for answer in answers] == [200, 200, 200, 409]
    assert len({answer.raw for answer in answers[:3]}) == 1
    assert answers[0].body["description"] is None


def test_how_an_amount_is_written_is_not_content(alice: Holder) -> None:
    body = body_of(alice, "topup", 0, idempotency_key=unique("key"))
    answers = [
        send("/transaction", with_json(body, "amount", amount))
        for amount in ("100", "100.0", "100.000", "101", "100.1")
    ]

    assert [answer.status for answer in answers] == [200, 200, 200, 409, 409]
    assert alice.balance == 1_100


def test_two_different_keys_at_once_are_refused(alice: Holder) -> None:
    body = body_of(alice, "topup", 100, idempotency_key="one")
    with nothing_written():
        answer = send("/transaction", body, {"Idempotency-Key": "another"})
    assert code_of(answer) == (400, "VALIDATION_ERROR")
    assert details_of(answer).keys() == {"idempotency_key"}


def test_the_same_key_for_anything_else_is_a_conflict(alice: Holder) -> None:
    key = unique("key")
    assert transaction(alice, description="one", idempotency_key=key).status == 200
    other = add_wallet(alice.user_id, "DIAMONDS", 0)
    with nothing_written():
        answers = [
            transaction(alice, amount=101, description="one", idempotency_key=key),
            transaction(alice, "bonus", description="one", idempotency_key=key),
            transaction(alice, description="two", idempotency_key=key),
            transaction(alice, idempotency_key=key),
            transaction(other, description="one", idempotency_key=key),
            send("/transaction", body_of(alice, "topup", 101), {"Idempotency-Key": key}),
            alice.top_up(100, reference_id=key),
            alice.add_funds(100, key=key),
        ]
    assert [code_of(answer) for answer in answers] == [(409, "TRANSACTION_CONFLICT")] * 8
    named = [answer.body["error"]["message"].split(" ")[1] for answer in answers]
    assert named[4:] == ["idempotency_key", "Idempotency-Key", "reference_id", "Idempotency-Key"]


@pytest.mark.parametrize("literal", ["100", "100.0", "100.00", "100." + "0" * 400])
def test_the_same_amount_may_be_written_with_zeros(alice: Holder, literal: str) -> None:
    answer = with_amount(alice, literal)
    assert (answer.status, answer.body["amount"]) == (200, 100)
    assert b'"amount":100,' in answer.raw
    assert alice.balance == 1_100


@pytest.mark.parametrize(
    ("literal", "minor"),
    [("0.01", 1), ("10.5", 1_050), ("10.50", 1_050), ("10.500", 1_050), ("7", 700)],
)
def test_an_asset_with_decimals_takes_its_decimals(alice: Holder, literal: str, minor: int) -> None:
    held = add_wallet(alice.user_id, "TEST_CREDITS", 100)
    answer = with_amount(held, literal)
    assert answer.status == 200
    assert held.transactions()[0].amount == minor
    assert f'"amount":{minor // 100}.{minor % 100:02},'.encode() in answer.raw
    assert held.balance == 100 + minor


def test_digits_past_those_of_a_float_are_kept(alice: Holder) -> None:
    held = add_wallet(alice.user_id, "TEST_CREDITS", 0)
    answer = with_amount(held, "92233720368547758.07")
    assert answer.status == 200
    assert held.balance == 2**63 - 1
    assert b'"balance":92233720368547758.07,' in answer.raw


@pytest.mark.parametrize(
    ("literal", "message"),
    [
        ("100.5", "must have at most 0 decimals"),
        ("100.50", "must have at most 0 decimals"),
        ("0.1", "must have at most 0 decimals"),
        ("0", "must be greater than 0"),
        ("0.00", "must be greater than 0"),
        ("-0", "must be greater than 0"),
        ("-0.0", "must not be negative"),
        ("-1", "must not be negative"),
        ("1e2", "must be a plain decimal number, like 10 or 10.50"),
        ("1E2", "must be a plain decimal number, like 10 or 10.50"),
        ("1.0e+2", "must be a plain decimal number, like 10 or 10.50"),
        ("9223372036854775808", "is larger than any amount can be"),
        ("9223372036854775808.0", "is larger than any amount can be"),
        ("9" * 400, "is larger than any amount can be"),
        ('"100"', "must be a number"),
        ('"100.00"', "must be a number"),
        ("true", "must be a number"),
        ("false", "must be a number"),
        ("[100]", "must be a number"),
        ("{}", "must be a number"),
        ("null", "must not be null"),
    ],
)
def test_what_is_no_amount_of_the_asset_is_refused(
    alice: Holder, literal: str, message: str
) -> None:
    with nothing_written():
        answer = with_amount(alice, literal)
    assert code_of(answer) == (400, "VALIDATION_ERROR")
    assert details_of(answer) == {"amount": [message]}


def test_decimals_beyond_those_of_the_asset_are_refused_and_never_rounded(alice: Holder) -> None:
    held = add_wallet(alice.user_id, "TEST_CREDITS", 100)
    with nothing_written():
        answers = [with_amount(held, literal) for literal in ("0.001", "10.505", "0.009")]
    assert [details_of(answer) for answer in answers] == [
        {"amount": ["must have at most 2 decimals"]}
    ] * 3


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("transaction_type", "spend"),
        ("transaction_type", "TOPUP"),
        ("transaction_type", None),
        ("transaction_type", ["topup"]),
        ("transaction_type", 1),
        ("description", 1),
        ("description", 1.5),
        ("description", "x" * 501),
        ("description", "a\u0000"),
        ("description", "\ud800"),
        ("idempotency_key", ""),
        ("idempotency_key", "a b"),
        ("idempotency_key", 1),
        ("user_id", 1.5),
        ("asset_code", {}),
    ],
)
def test_what_it_cannot_read_is_named(alice: Holder, field: str, value: object) -> None:
    with nothing_written():
        answer = send("/transaction", {**body_of(alice, "topup", 1), field: value})
    assert code_of(answer) == (400, "VALIDATION_ERROR")
    assert details_of(answer).keys() == {field}


def test_what_is_unknown_is_named(alice: Holder) -> None:
    with nothing_written():
        answers = [
            transaction(Holder(unique("nobody"), "GOLD_COINS")),
            transaction(Holder(alice.user_id, "SILVER")),
            transaction(Holder(alice.user_id, "LOYALTY_POINTS")),
        ]
    assert [code_of(answer) for answer in answers] == [
        (404, "USER_NOT_FOUND"),
        (404, "ASSET_NOT_FOUND"),
        (404, "WALLET_NOT_FOUND"),
    ]
