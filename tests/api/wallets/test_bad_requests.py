"""The wallet service refuses bad requests as documented, never with a 500, and writes nothing."""

import json
from typing import Any, NamedTuple

import pytest

from tests.api.wallets.holder import Holder, code_of, details_of
from tests.casino_world import Answer, nothing_written, request
from tests.factories import unique
from tests.wire.bad_requests import with_json

READS = (
    "/api/v1/health",
    "/api/v1/wallets/{user}/balance",
    "/api/v1/wallets/{user}/transactions",
    "/api/v1/transactions/{user}",
    "/assets",
    "/balance/{user}",
    "/balance/{user}/GC",
    "/transaction/{user}/history",
)

_MOVEMENT = {"user_id": "{user}", "asset_code": "GC", "amount": 1, "reference_id": "{fresh}"}


class Write(NamedTuple):
    """An endpoint and what it takes. ``key``: it needs an ``Idempotency-Key``."""

    path: str
    fields: dict[str, Any]
    key: bool = False

    def good_fields(self, holder: Holder) -> dict[str, Any]:
        words = {"{user}": holder.user_id, "{fresh}": unique("fresh")}
        return {name: words.get(str(value), value) for name, value in self.fields.items()}

    def send(self, holder: Holder, body: bytes) -> Answer:
        headers = {"Idempotency-Key": unique("key")} if self.key else {}
        return request("POST", self.path.replace("{user}", holder.user_id), body, headers)


WRITES = {
    write.path.rpartition("/")[2]: write
    for write in (
        Write("/api/v1/wallets", {"user_id": "{fresh}", "asset_code": "GC"}),
        Write("/api/v1/wallets/topup", _MOVEMENT),
        Write("/api/v1/wallets/bonus", {**_MOVEMENT, "bonus_type": "daily"}),
        Write("/api/v1/wallets/spend", {**_MOVEMENT, "item_id": "sword"}),
        Write("/api/v1/wallets/{user}/add-funds", {"asset_code": "GC", "amount": 1}, key=True),
        Write("/api/v1/wallets/{user}/remove-funds", {"asset_code": "GC", "amount": 1}, key=True),
        Write(
            "/transaction",
            {
                "transaction_type": "topup",
                "user_id": "{user}",
                "asset_code": "GC",
                "amount": 1,
                "idempotency_key": "{fresh}",
            },
        ),
    )
}
IDENTIFIERS = ("user_id", "asset_code", "reference_id", "idempotency_key")
OPTIONAL = ("idempotency_key",)
EXACT = [name for name in WRITES if name not in ("wallets", "transaction")]
"""Endpoints that take only integers; /transaction has other amounts, tested with it."""


@pytest.mark.parametrize("name", WRITES)
def test_what_is_good_is_taken(alice: Holder, name: str) -> None:
    """If it were not, the refusals below would prove nothing."""
    write = WRITES[name]
    answer = write.send(alice, json.dumps(write.good_fields(alice)).encode())
    assert answer.status in (200, 201)


@pytest.mark.parametrize("path", READS)
def test_a_reading_can_be_asked_for_its_head(alice: Holder, path: str) -> None:
    place = path.replace("{user}", alice.user_id)
    assert request("HEAD", place).status == request("GET", place).status


Refused = tuple[tuple[int, str], list[str]]


def refused(answer: Answer) -> Refused:
    """Status, code, and the fields that the answer calls wrong."""
    return code_of(answer), list(details_of(answer) or ())


def bad_field(name: str) -> Refused:
    return (400, "VALIDATION_ERROR"), [name]


@pytest.mark.parametrize("name", WRITES)
def test_every_field_that_is_missing_is_named(alice: Holder, name: str) -> None:
    required = [field for field in WRITES[name].fields if field not in OPTIONAL]
    with nothing_written():
        empty, object_ = (WRITES[name].send(alice, body) for body in (b"", b"{}"))
    assert refused(empty) == bad_field("body")
    assert code_of(object_) == (400, "VALIDATION_ERROR")
    assert details_of(object_) == {field: ["is required"] for field in required}


@pytest.mark.parametrize("name", EXACT)
def test_an_amount_that_is_no_integer_in_range_is_refused(alice: Holder, name: str) -> None:
    write = WRITES[name]
    with nothing_written():
        for literal in ("1.0", '"1"', "-1", "0", "-0", "9223372036854775808"):
            answer = write.send(alice, with_json(write.good_fields(alice), "amount", literal))
            assert refused(answer) == bad_field("amount"), literal


@pytest.mark.parametrize(
    ("name", "field"),
    [
        (name, field)
        for name, write in WRITES.items()
        for field in IDENTIFIERS
        if field in write.fields
    ],
)
def test_an_identifier_that_is_none_is_refused(alice: Holder, name: str, field: str) -> None:
    write = WRITES[name]
    with nothing_written():
        for literal in ("7", '""', '"a b"', f'"{"x" * 129}"'):
            answer = write.send(alice, with_json(write.good_fields(alice), field, literal))
            assert refused(answer) == bad_field(field), literal


def nested(levels: int) -> str:
    return "[" * levels + "]" * levels


@pytest.mark.parametrize("name", ["topup", "bonus", "spend"])
def test_metadata_that_cannot_be_kept_is_refused(alice: Holder, name: str) -> None:
    write = WRITES[name]
    with nothing_written():
        for literal in (
            "[]",
            '"text"',
            "7",
            "true",
            '{"a": "\\ud800"}',
            '{"\\ud800": 1}',
            f'{{"a": {nested(32)}}}',
            f'{{"a": {nested(900)}}}',
            '{"a": 1e400}',
            '{"a": -1e400}',
            '{"a": [{"b": 1e-400}]}',
            '{"a": 1e99999999999999999999}',
            '{"a": 1e-99999999999999999999}',
        ):
            answer = write.send(alice, with_json(write.good_fields(alice), "metadata", literal))
            assert refused(answer) == bad_field("metadata"), literal


@pytest.mark.parametrize("name", ["topup", "bonus", "spend"])
def test_a_number_of_metadata_is_kept_exactly_and_in_one_way(alice: Holder, name: str) -> None:
    write = WRITES[name]
    for literals, kept in (
        (("1", "1.0", "1e0", "10e-1", "0.1e1", "1.000"), "1"),
        (("0", "-0", "-0.0", "0e5", "0.00", "0e99999999999999999999"), "0"),
        (("1.50", "15e-1", "1.5"), "1.5"),
        (("-1.50", "-1.5"), "-1.5"),
        (("0.1000000000000000055511151231257827",), "0.1000000000000000055511151231257827"),
        (("1e2", "100", "100.00", "1E+2"), "100"),
        (("1e-7", "0.0000001"), "0.0000001"),
        (("9007199254740993", "9007199254740993.0"), "9007199254740993"),
        (("1e300", "1" + "0" * 300, "10.0e299"), "1e300"),
        (("-12e-300",), "-1.2e-299"),
    ):
        for literal in literals:
            body = with_json(write.good_fields(alice), "metadata", f'{{"a": {literal}}}')
            assert write.send(alice, body).status == 200, literal
            assert f'"metadata":{{"a":{kept}}}' in alice.transactions()[-1].details, literal


@pytest.mark.parametrize("name", ["topup", "bonus", "spend"])
def test_other_metadata_is_kept(alice: Holder, name: str) -> None:
    write = WRITES[name]
    for literal, kept in (
        ("null", None),
        ("{}", None),
        ('{"a": "\\u0000"}', {"a": "\0"}),
        ('{"a": ' + "9" * 400 + "}", {"a": int("9" * 400)}),
        ('{"b": 0.1, "a": [null, true, "é"]}', {"a": [None, True, "é"], "b": 0.1}),
        ('{"description": 1, "request": "other"}', {"description": 1, "request": "other"}),
        (f'{{"a": {nested(31)}}}', {"a": json.loads(nested(31))}),
    ):
        answer = write.send(alice, with_json(write.good_fields(alice), "metadata", literal))
        assert answer.status == 200, literal
        details = json.loads(alice.transactions()[-1].details)
        assert (details["request"], details.get("metadata")) == (name, kept)
    described = request("GET", alice.path("transactions")).body["transactions"]
    assert len(described) == 8
