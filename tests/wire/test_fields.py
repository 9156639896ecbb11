"""Fields of a JSON body: how they are read, and what a refusal says is wrong."""

import json
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.web.bodies import Nothing, Request, read_request, schema_of
from config.web.fields import (
    Amount,
    Count,
    Field,
    FieldError,
    Identifier,
    ListOf,
    Moment,
)
from config.wire.errors import WireError

LARGEST = 9_223_372_036_854_775_807

NOT_VISIBLE = {
    "NUL": "\0",
    "newline": "\n",
    "tab": "\t",
    "space": " ",
    "DEL": "\x7f",
    "C1 control": "\x85",
    "no-break space": "\u00a0",
    "soft hyphen": "\u00ad",
    "zero-width space": "\u200b",
    "zero-width non-joiner": "\u200c",
    "zero-width joiner": "\u200d",
    "left-to-right mark": "\u200e",
    "right-to-left override": "\u202e",
    "line separator": "\u2028",
    "paragraph separator": "\u2029",
    "word joiner": "\u2060",
    "ideographic space": "\u3000",
    "byte order mark": "\ufeff",
    "lone high surrogate": "\ud800",
    "lone low surrogate": "\udfff",
    "noncharacter": "\uffff",
    "private use": "\ue000",
    "tag": "\U000e0041",
    "astral private use": "\U0010fffd",
    "combining grapheme joiner": "\u034f",
    "Arabic letter mark": "\u061c",
    "Hangul filler": "\u3164",
    "halfwidth Hangul filler": "\uffa0",
    "Hangul choseong filler": "\u115f",
    "Khmer inherent vowel": "\u17b4",
    "Mongolian variation selector": "\u180b",
    "Mongolian vowel separator": "\u180e",
    "isolate": "\u2066",
    "invisible times": "\u2062",
    "Braille blank": "\u2800",
    "variation selector 15": "\ufe0e",
    "variation selector 16": "\ufe0f",
    "variation selector 17": "\U000e0100",
    "interlinear annotation": "\ufff9",
    "unassigned": "\u0378",
    "Arabic number sign, a format character": "\u0600",
    "Ogham space": "\u1680",
}


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "0",
        "-",
        "a.b:c/d_e~f",
        "Пётр",
        "名前",
        "é",
        "e\u0301",
        "😀",
        "<script>",
        "';--",
        "x" * 128,
        "😀" * 128,
    ],
)
def test_an_identifier_is_1_to_128_visible_characters(text: str) -> None:
    assert Identifier().read(text) == text


@pytest.mark.parametrize("character", NOT_VISIBLE.values(), ids=NOT_VISIBLE.keys())
@pytest.mark.parametrize("frame", ["{}", "a{}", "{}a", "a{}b"])
def test_an_identifier_has_no_invisible_character(character: str, frame: str) -> None:
    with pytest.raises(FieldError, match="must have visible characters only"):
        Identifier().read(frame.format(character))


@pytest.mark.parametrize(
    ("text", "longest"), [("", 128), ("x" * 129, 128), ("😀" * 129, 128), ("x" * 65, 64)]
)
def test_an_identifier_is_neither_empty_nor_too_long(text: str, longest: int) -> None:
    with pytest.raises(FieldError, match=f"must have 1 to {longest} characters"):
        Identifier(longest=longest).read(text)


@pytest.mark.parametrize("value", [1, 1.5, True, False, [], ["a"], {}, {"a": 1}])
def test_an_identifier_is_a_string(value: Any) -> None:
    with pytest.raises(FieldError, match="must be a string"):
        Identifier().read(value)


@pytest.mark.parametrize("value", [1, 2, 2**31, 2**53 + 1, LARGEST])
def test_an_amount_is_an_integer_up_to_the_largest(value: int) -> None:
    assert Amount(least=1).read(value) == value


@pytest.mark.parametrize(
    "value", [1.0, 0.5, -1.0, "1", "", "1.00", True, False, [], [1], {}, {"amount": 1}]
)
def test_an_amount_is_nothing_but_an_integer(value: Any) -> None:
    with pytest.raises(FieldError, match="must be an integer in minor units"):
        Amount(least=0).read(value)


@pytest.mark.parametrize(
    ("least", "value", "message"),
    [
        (1, 0, "must be at least 1"),
        (0, -1, "must be at least 0"),
        (1, -LARGEST - 1, "must be at least 1"),
        (1, -(10**4000), "must be at least 1"),
        (0, LARGEST + 1, f"must be at most {LARGEST}"),
        (0, 10**4000, f"must be at most {LARGEST}"),
    ],
)
def test_an_amount_keeps_within_its_bounds(least: int, value: int, message: str) -> None:
    with pytest.raises(FieldError, match=message):
        Amount(least=least).read(value)


def test_a_list_of_amounts_keeps_order_and_repeats() -> None:
    assert ListOf(Amount(least=0), fewest=0, most=3).read([3, 0, 3]) == (3, 0, 3)
    assert ListOf(Amount(least=0), fewest=0, most=3).read([]) == ()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (7, "must be a list of integers"),
        ("7", "must be a list of integers"),
        ({"0": 7}, "must be a list of integers"),
        (True, "must be a list of integers"),
        ([], "must have 1 to 3 amounts"),
        ([1, 1, 1, 1], "must have 1 to 3 amounts"),
        ([1, 0], "must be at least 1"),
        ([1, 1.0], "must be an integer"),
        ([1, None], "must be an integer"),
        ([[1]], "must be an integer"),
        ([LARGEST + 1], "must be at most"),
    ],
)
def test_a_list_of_amounts_says_what_is_wrong(value: Any, message: str) -> None:
    with pytest.raises(FieldError, match=message):
        ListOf(Amount(least=1), fewest=1, most=3).read(value)


def test_a_list_of_identifiers_keeps_order_and_repeats() -> None:
    assert ListOf(Identifier(), fewest=1, most=3).read(["b", "a", "b"]) == ("b", "a", "b")


@pytest.mark.parametrize("value", ["a", None, [], ["a"] * 4, ["a", ""], ["a b"], [1], [["a"]]])
def test_a_list_of_identifiers_has_some_and_nothing_else(value: Any) -> None:
    with pytest.raises(FieldError):
        ListOf(Identifier(), fewest=1, most=3).read(value)


def test_a_count_is_an_integer_within_its_bounds() -> None:
    assert [Count(most=3).read(value) for value in (1, 2, 3)] == [1, 2, 3]
    for value in (0, 4, -1, 10**400, 1.0, "1", True, None, [1]):
        with pytest.raises(FieldError, match="must be an integer from 1 to 3"):
            Count(most=3).read(value)


@pytest.mark.parametrize(
    ("text", "seconds", "microseconds"),
    [
        ("1970-01-01T00:00:00Z", 0, 0),
        ("1970-01-01T00:00:00.5Z", 0, 500_000),
        ("1970-01-01T01:00:00.000001+01:00", 0, 1),
        ("1969-12-31T20:30:01-03:30", 1, 0),
        ("2024-02-29T00:00:00Z", 1_709_164_800, 0),
        ("1970-01-01t00:00:01z", 1, 0),
        ("1970-01-01T00:00:00.0000010Z", 0, 1),
        ("1970-01-01T00:00:00.0000001Z", 0, 1),
        ("1970-01-01T00:00:00.999999001Z", 1, 0),
        ("1970-01-01T00:00:00.123456789Z", 0, 123_457),
        ("1970-01-01T00:00:00.123456000Z", 0, 123_456),
        ("2016-12-31T23:59:60Z", 1_483_228_800, 0),
        ("2017-01-01T05:29:60.5+05:30", 1_483_228_800, 500_000),
        ("1970-01-01T00:00:00-00:00", 0, 0),
    ],
)
def test_a_moment_is_where_its_offset_puts_it(text: str, seconds: int, microseconds: int) -> None:
    since = Moment().read(text) - datetime(1970, 1, 1, tzinfo=UTC)
    assert since == timedelta(seconds=seconds, microseconds=microseconds)


@pytest.mark.parametrize(
    "text",
    [
        *("2016-12-31T23:58:60Z", "2016-12-31T23:59:60+01:00", "2016-12-31T23:59:61Z"),
        *("2016-12-31T24:00:00Z", "2016-12-31T23:60:00Z", "2016-02-30T00:00:00Z"),
        *("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:60Z"),
        *("2016-12-31T00:00:00.Z", "2016-12-31T00:00:00,5Z", "2016-12-31T00:00:00+0100"),
        *("2016-12-31T00:00:00+24:00", "2016-12-31T00:00:00+01:60", "2016-12-31 00:00:00Z"),
        *("２０１６-12-31T00:00:00Z", "2016-12-31T00:00:00Z ", "+2016-12-31T00:00:00Z"),
    ],
)
def test_a_moment_exists_and_is_written_as_rfc_3339_has_it(text: str) -> None:
    with pytest.raises(FieldError, match="must"):
        Moment().read(text)


# ---- all fields at once -------------------------------------------------------------------------
class Played(Request, frozen=True, rename="camel"):
    session_token: Annotated[str, Identifier()]
    amount: Annotated[int, Amount(least=1)]
    currency: Annotated[str | None, Identifier()] = None
    bets: Annotated[tuple[int, ...] | None, ListOf(Amount(least=1), fewest=1, most=2)] = None
    kind: Literal["one", "two"] = "two"


def test_unknown_fields_are_ignored_and_optional_ones_become_none() -> None:
    values = {"sessionToken": "t", "amount": 1, "currency": None, "extra": {"amount": -1}}

    assert read_request(Played, values) == Played(
        session_token="t", amount=1, currency=None, bets=None, kind="two"
    )


def test_every_wrong_field_is_named_with_what_is_wrong() -> None:
    with pytest.raises(WireError) as refused:
        read_request(
            Played, {"sessionToken": None, "currency": "a b", "bets": [1, 2, 3], "kind": "six"}
        )

    assert json.loads(refused.value.body()) == {
        "status": "error",
        "code": "INVALID_REQUEST",
        "message": "sessionToken: must not be null",
        "errors": {
            "sessionToken": ["must not be null"],
            "amount": ["is required"],
            "currency": ["must have visible characters only"],
            "bets": ["must have 1 to 2 amounts"],
            "kind": ["must be one or two"],
        },
    }


@given(
    st.sampled_from([Identifier(), Identifier(longest=3), Amount(least=0), Amount(least=1)])
    | st.just(ListOf(Amount(least=1), fewest=1, most=2)),
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers()),
)
def test_what_a_field_reads_its_published_schema_allows(field: Field, value: Any) -> None:
    try:
        field.read(value)
    except FieldError:
        return
    jsonschema.validate(value, field.schema)


def test_the_published_schema_names_what_is_required() -> None:
    schema = schema_of(Played)

    assert schema["required"] == ["sessionToken", "amount"]
    assert list(schema["properties"]) == ["sessionToken", "amount", "currency", "bets", "kind"]
    assert "required" not in schema_of(Nothing)
