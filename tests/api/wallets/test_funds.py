"""POST /api/v1/wallets/{user_id}/add-funds and /remove-funds."""

import pytest

from tests.api.wallets.holder import (
    Holder,
    add_wallet,
    code_of,
    details_of,
    entries_of,
    read,
    send,
)
from tests.casino_world import nothing_written
from tests.factories import unique


def test_funds_are_added_from_the_treasury(alice: Holder) -> None:
    key = unique("key")
    answer = alice.add_funds(250, key=key)

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
    assert made.external_transaction_id == key
    assert entries_of(made) == [("WALLET", 250), ("TREASURY", -250)]
    assert alice.balance == 1_250


def test_funds_are_removed_to_sales(alice: Holder) -> None:
    answer = alice.remove_funds(250)

    (made,) = alice.transactions()
    assert (answer.body["transaction_type"], answer.body["balance"]) == ("SPEND", 750)
    assert entries_of(made) == [("WALLET", -250), ("SALES", 250)]
    assert alice.balance == 750


def test_what_the_wallet_does_not_hold_cannot_be_removed(alice: Holder) -> None:
    with nothing_written():
        answer = alice.remove_funds(1_001)
    assert code_of(answer) == (402, "INSUFFICIENT_FUNDS")
    assert details_of(answer) == {"balance": 1_000}


@pytest.mark.parametrize("what", ["add-funds", "remove-funds"])
def test_a_duplicate_is_answered_with_the_same_bytes(alice: Holder, what: str) -> None:
    key = unique("key")
    first, second = (alice.funds(what, 100, key=key) for _ in range(2))
    assert (first.is_replay, second.is_replay) == (False, True)
    assert second.raw == first.raw
    assert len(alice.transactions()) == 1


def test_the_same_key_for_anything_else_is_a_conflict(alice: Holder) -> None:
    key = unique("key")
    assert alice.add_funds(100, key=key).status == 200
    other = add_wallet(alice.user_id, "DIAMONDS", 0)
    with nothing_written():
        answers = [
            alice.add_funds(101, key=key),
            alice.remove_funds(100, key=key),
            other.add_funds(100, key=key),
            alice.top_up(100, reference_id=key),
        ]
    assert [code_of(answer) for answer in answers] == [(409, "TRANSACTION_CONFLICT")] * 4
    assert [answer.body["error"]["message"] for answer in answers] == [
        *["This Idempotency-Key was used before, for something else."] * 3,
        "This reference_id was used before, for something else.",
    ]


def test_the_key_is_required(alice: Holder) -> None:
    with nothing_written():
        answers = [alice.add_funds(key=None), alice.remove_funds(key=None), alice.add_funds(key="")]
    assert [code_of(answer) for answer in answers] == [(400, "VALIDATION_ERROR")] * 3
    assert details_of(answers[0]) == {"Idempotency-Key": ["is required"]}


@pytest.mark.parametrize("what", ["add-funds", "remove-funds"])
def test_a_key_is_the_same_with_quotes_and_without(alice: Holder, what: str) -> None:
    key = unique("key")
    answers = [alice.funds(what, 100, key=each) for each in (key, f'"{key}"', key, f'"{key}"')]
    assert [answer.is_replay for answer in answers] == [False, True, True, True]
    assert len({answer.raw for answer in answers}) == 1
    assert len(alice.transactions()) == 1


def test_a_request_that_was_kept_under_its_quotes_is_not_carried_out_again(alice: Holder) -> None:
    """In the past, quotes were part of a key."""
    key = unique("key")
    first = alice.top_up(100, reference_id=f'"{key}"')  # as add-funds would have stored it
    assert first.status == 200
    with nothing_written():
        answer = alice.add_funds(100, key=f'"{key}"')
    assert code_of(answer) == (409, "TRANSACTION_CONFLICT")
    assert alice.add_funds(100, key=key).is_replay is False, "this is another key"


@pytest.mark.parametrize(
    "key", ["", " ", "k,k", ",", '"k', '"k","k"', '""', '"a b"', "\u00e9", "\u00ff" * 8, "a\u007f"]
)
def test_a_key_that_cannot_be_read_is_no_missing_one(alice: Holder, key: str) -> None:
    body = {"transaction_type": "topup", "user_id": alice.user_id, "asset_code": "GC", "amount": 1}
    with nothing_written():
        answers = [
            alice.add_funds(key=key),
            alice.remove_funds(key=key),
            send("/transaction", body, {"Idempotency-Key": key}),
            send("/transaction", {**body, "idempotency_key": "k"}, {"Idempotency-Key": key}),
        ]
    for answer in answers:
        assert code_of(answer) == (400, "VALIDATION_ERROR")
        assert list(details_of(answer)) == ["Idempotency-Key"]


@pytest.mark.parametrize("if_match", ["", " ", "\u00e9", '"\u00ff"', '"1",\u00e9'])
def test_a_condition_that_cannot_be_read_is_no_missing_one(alice: Holder, if_match: str) -> None:
    with nothing_written():
        answers = [
            alice.add_funds(if_match=if_match),
            alice.remove_funds(if_match=if_match),
        ]
    for answer in answers:
        assert code_of(answer) == (400, "VALIDATION_ERROR")
        assert list(details_of(answer)) == ["If-Match"]


@pytest.mark.parametrize("name", ["Idempotency-Key", "If-Match"])
@pytest.mark.parametrize("value", ["", " ", "\u00e9"])
def test_both_must_be_readable_even_where_they_mean_nothing(
    alice: Holder, name: str, value: str
) -> None:
    sent = {"user_id": alice.user_id, "asset_code": "GC", "amount": 1}
    with nothing_written():
        answers = [
            send("/api/v1/wallets", {"user_id": "u", "asset_code": "GC"}, {name: value}),
            send("/api/v1/wallets/topup", alice.movement(1), {name: value}),
            send("/transaction", {"transaction_type": "topup", **sent}, {name: value}),
        ]
    for answer in answers:
        assert code_of(answer) == (400, "VALIDATION_ERROR")
        assert list(details_of(answer)) == [name]


def test_a_condition_is_refused_where_none_is_possible(alice: Holder) -> None:
    with nothing_written():
        answer = send("/api/v1/wallets/topup", alice.movement(1), {"If-Match": '"1"'})
    assert details_of(answer) == {"If-Match": ["can only be used with add-funds and remove-funds"]}


@pytest.mark.parametrize("key", ["a b", "x" * 129, "a\tb"])
def test_the_key_must_be_an_identifier(alice: Holder, key: str) -> None:
    with nothing_written():
        answer = alice.add_funds(key=key)
    assert code_of(answer) == (400, "VALIDATION_ERROR")


def version_of(holder: Holder) -> str:
    answer = read(f"{holder.path('balance')}?asset_code={holder.asset_code}")
    return str(answer.headers["ETag"])


@pytest.mark.parametrize("what", ["add-funds", "remove-funds"])
def test_a_wallet_that_did_not_change_matches(alice: Holder, what: str) -> None:
    assert alice.funds(what, 100, if_match=version_of(alice)).status == 200


@pytest.mark.parametrize("what", ["add-funds", "remove-funds"])
def test_a_wallet_that_changed_since_does_not_match(alice: Holder, what: str) -> None:
    seen = version_of(alice)
    assert seen == '"1"'
    alice.top_up(1)
    with nothing_written():
        answer = alice.funds(what, 100, if_match=seen)
    assert code_of(answer) == (412, "VERSION_MISMATCH")
    assert details_of(answer) == {"version": 2}


def test_what_succeeded_is_answered_again_though_it_changed_the_version(alice: Holder) -> None:
    seen, key = version_of(alice), unique("key")
    first, second = (alice.add_funds(100, key=key, if_match=seen) for _ in range(2))
    assert (first.status, second.status, second.is_replay) == (200, 200, True)
    assert second.raw == first.raw


def test_what_did_not_match_may_be_sent_again_with_the_version_of_now(alice: Holder) -> None:
    key = unique("key")
    assert code_of(alice.add_funds(100, key=key, if_match='"7"')) == (412, "VERSION_MISMATCH")
    answer = alice.add_funds(100, key=key, if_match=version_of(alice))
    assert (answer.status, answer.is_replay) == (200, False)


@pytest.mark.parametrize("if_match", ["*", ' "1" ', '"0", "1"', '"abc","1"'])
def test_any_of_the_tags_may_match(alice: Holder, if_match: str) -> None:
    assert alice.add_funds(100, if_match=if_match).status == 200


@pytest.mark.parametrize("if_match", ['"0"', '"2"', '"01"', 'W/"1"', '"abc"', '""', '"1.0"'])
def test_a_tag_that_is_not_the_version_matches_nothing(alice: Holder, if_match: str) -> None:
    with nothing_written():
        answer = alice.add_funds(100, if_match=if_match)
    assert code_of(answer) == (412, "VERSION_MISMATCH")


@pytest.mark.parametrize(
    ("if_match", "why"),
    [
        ('W/"1"', 'W/"1" is weak'),
        ('"1-gzip"', '"1-gzip" is not a version'),
        ('"1;br"', '"1;br" is not a version'),
        ('W/"1-gzip"', 'W/"1-gzip" is weak'),
        ('"0", W/"1"', 'W/"1" is weak'),
    ],
)
def test_it_says_why_a_tag_that_was_altered_matches_nothing(
    alice: Holder, if_match: str, why: str
) -> None:
    with nothing_written():
        answer = alice.add_funds(100, if_match=if_match)
    assert code_of(answer) == (412, "VERSION_MISMATCH")
    message = answer.body["error"]["message"]
    assert message.startswith(f"If-Match: {why}")
    assert message.endswith(" The wallet's version is 1.")


@pytest.mark.parametrize(
    "if_match", ["1", '"1', '1"', "'1'", '"1" "2"', '"1", 2', "*, *", 'w/"1"', '"a b"', ","]
)
def test_what_is_no_tag_is_a_bad_request(alice: Holder, if_match: str) -> None:
    with nothing_written():
        answer = alice.add_funds(100, if_match=if_match)
    assert code_of(answer) == (400, "VALIDATION_ERROR")
    assert details_of(answer) == {"If-Match": ['must be an entity tag like "7", or *']}


def test_a_body_cannot_name_another_user(alice: Holder) -> None:
    answer = send(
        alice.path("add-funds"),
        {"user_id": "user_bob", "asset_code": "GC", "amount": 5},
        {"Idempotency-Key": unique("key")},
    )
    assert answer.body["user_id"] == alice.user_id
    assert alice.balance == 1_005


def test_what_is_unknown_is_named(alice: Holder) -> None:
    with nothing_written():
        answers = [
            Holder(unique("nobody"), "GOLD_COINS").add_funds(),
            Holder(alice.user_id, "SILVER").add_funds(),
            Holder(alice.user_id, "LOYALTY_POINTS").remove_funds(),
            Holder(alice.user_id, "LOYALTY_POINTS").add_funds(if_match="*"),
        ]
    assert [code_of(answer) for answer in answers] == [
        (404, "USER_NOT_FOUND"),
        (404, "ASSET_NOT_FOUND"),
        (404, "WALLET_NOT_FOUND"),
        (404, "WALLET_NOT_FOUND"),
    ]
