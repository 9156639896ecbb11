"""Every callback refuses bad requests as documented, never with a 500, and writes nothing."""

import json
from typing import Any

import pytest

from casino.operations.providers import source_of
from tests.casino_world import Answer, Play, nothing_written, request
from tests.factories import unique
from tests.wire.bad_requests import with_json

CALLBACKS = ("getBalance", "debit", "credit", "rollback")

IDENTIFIERS = {
    "getBalance": ("sessionToken",),
    "debit": ("sessionToken", "transactionId", "roundId", "currency"),
    "credit": ("sessionToken", "transactionId", "roundId", "currency", "relatedTransactionId"),
    "rollback": ("sessionToken", "transactionId", "originalTransactionId", "roundId"),
}
OPTIONAL = {"currency", "relatedTransactionId"}
REQUIRED = [
    *((callback, name) for callback in CALLBACKS for name in IDENTIFIERS[callback]),
    ("debit", "amount"),
    ("credit", "amount"),
]
REQUIRED = [
    (callback, name)
    for callback, name in REQUIRED
    if name not in OPTIONAL and (callback, name) != ("rollback", "roundId")
]


def good_fields(play: Play, callback: str) -> dict[str, Any]:
    """Fields that ``callback`` accepts; only a credit would still be refused, as it has no bet."""
    if callback == "getBalance":
        return {"sessionToken": play.token}
    if callback == "rollback":
        return {
            "sessionToken": play.token,
            "transactionId": unique("rollback"),
            "originalTransactionId": unique("bet"),
        }
    return play.movement(100)


def signed(play: Play, callback: str, body: bytes) -> Answer:
    return request("POST", f"/casino/{callback}", body, play.headers(body))


def refused(answer: Answer, status: int, code: str) -> bool:
    body = answer.body
    assert set(body) <= {"status", "code", "message", "errors"}
    assert answer.headers["Content-Type"] == "application/json"
    assert isinstance(body["message"], str)
    assert body["message"]
    return (answer.status, body["status"], body["code"]) == (status, "error", code)


@pytest.mark.parametrize("callback", CALLBACKS)
def test_an_empty_object_is_told_every_field_that_is_missing(
    untouched: Play, callback: str
) -> None:
    with nothing_written():
        answer = signed(untouched, callback, b"{}")

    assert refused(answer, 400, "INVALID_REQUEST")
    assert answer.body["errors"] == {
        name: ["is required"] for where, name in REQUIRED if where == callback
    }


@pytest.mark.parametrize(("callback", "field"), REQUIRED)
def test_a_required_field_must_be_there(untouched: Play, callback: str, field: str) -> None:
    fields = good_fields(untouched, callback)
    with nothing_written():
        left_out = signed(
            untouched,
            callback,
            json.dumps({name: value for name, value in fields.items() if name != field}).encode(),
        )
        null = signed(untouched, callback, with_json(fields, field, "null"))

    assert refused(left_out, 400, "INVALID_REQUEST")
    assert left_out.body["errors"] == {field: ["is required"]}
    assert refused(null, 400, "INVALID_REQUEST")
    assert null.body["errors"] == {field: ["must not be null"]}


@pytest.mark.parametrize("callback", CALLBACKS)
def test_an_identifier_is_1_to_128_visible_characters(untouched: Play, callback: str) -> None:
    for field in IDENTIFIERS[callback]:
        body = with_json(good_fields(untouched, callback), field, '"a b"')
        with nothing_written():
            answer = signed(untouched, callback, body)

        assert refused(answer, 400, "INVALID_REQUEST")
        assert list(answer.body["errors"]) == [field]


@pytest.mark.parametrize("text", ["1.0", "-1", "9223372036854775808"])
@pytest.mark.parametrize("callback", ["debit", "credit"])
def test_an_amount_is_an_integer_of_64_bits(untouched: Play, callback: str, text: str) -> None:
    body = with_json(good_fields(untouched, callback), "amount", text)
    with nothing_written():
        answer = signed(untouched, callback, body)

    assert refused(answer, 400, "INVALID_REQUEST")
    assert list(answer.body["errors"]) == ["amount"]


@pytest.mark.parametrize("text", ["0", "-0"])
def test_a_bet_of_nothing_is_refused(untouched: Play, text: str) -> None:
    with nothing_written():
        answer = signed(untouched, "debit", with_json(untouched.movement(1), "amount", text))

    assert refused(answer, 400, "INVALID_REQUEST")
    assert list(answer.body["errors"]) == ["amount"]


def test_every_wrong_field_is_named(untouched: Play) -> None:
    body = (
        b'{"sessionToken": 1, "transactionId": "", "roundId": "r r", "amount": 1.0, "currency": []}'
    )
    with nothing_written():
        answer = signed(untouched, "debit", body)

    assert refused(answer, 400, "INVALID_REQUEST")
    assert answer.body["errors"] == {
        "sessionToken": ["must be a string"],
        "transactionId": ["must have 1 to 128 characters"],
        "roundId": ["must have visible characters only"],
        "amount": ["must be an integer in minor units"],
        "currency": ["must be a string"],
    }


# ---- what is fine -------------------------------------------------------------------------------
EXTRAS = {
    "text": '"x"',
    "an object": '{"amount": -1, "deeper": [1, 2]}',
    "a float": "1.5",
    "infinite": "1e999",
    "a big integer": "9" * 400,
    "NUL": '"\\u0000"',
    "a lone surrogate": '"\\ud800"',
    "null": "null",
    "emoji": '"😀"',
    "deep, but not too deep": "[" * 100 + "]" * 100,
}


@pytest.mark.parametrize("name", ["extra", "", "Amount", "transactionid", "\u0000", "__proto__"])
def test_unknown_fields_are_ignored(play: Play, name: str) -> None:
    for text in EXTRAS.values():
        assert signed(play, "debit", with_json(play.movement(100), name, text)).status == 200
    assert play.balances == (100_000 - 100 * len(EXTRAS), 0)


def test_optional_fields_may_be_null(play: Play) -> None:
    bet = play.movement(100, currency=None)
    assert play.send("debit", bet).status == 200
    win = play.movement(50, roundId=bet["roundId"], currency=None, relatedTransactionId=None)
    assert play.send("credit", win).status == 200
    assert play.rollback(unique("bet"), roundId=None).status == 200
    assert play.balances == (99_950, 50)


VISIBLE = {
    "one character": "x",
    "128 characters": "x" * 128,
    "128 astral characters": "😀" * 128,
    "scripts of the world": "Пётр-名前-ñ-é-٣",
    "punctuation": "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
    "SQL": "';DROP/**/TABLE/**/casino_wallets;--",
    "a format string": "%s%(id)s{0}{id}%",
}


@pytest.mark.parametrize("text", VISIBLE.values(), ids=VISIBLE.keys())
def test_any_visible_characters_make_an_identifier(play: Play, text: str) -> None:
    answer = play.debit(100, transactionId=text, roundId=text)

    assert answer.status == 200
    assert (answer.body["transactionId"], answer.body["roundId"]) == (text, text)
    (bet,) = play.transactions()
    assert (bet.external_transaction_id, bet.round_id) == (text, text)
    assert bet.source == source_of(play.session.provider.code)


@pytest.mark.parametrize(
    "pair", [("e\u0301", "é"), ("A", "a"), ("\u017f", "s"), ("\u212a", "K"), ("1", "٣")]
)
def test_identifiers_that_only_look_alike_are_different(play: Play, pair: tuple[str, str]) -> None:
    for identifier in pair:
        assert play.debit(100, transactionId=identifier).is_replay is False
    assert play.balances == (99_800, 0)
