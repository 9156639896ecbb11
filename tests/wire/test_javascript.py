"""JSON as JavaScript writes it, compared with what Node.js wrote."""

import json
import struct
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from config.web.fields import Digits, read_object
from config.wire.errors import WireError
from config.wire.javascript import number, stringify_again
from tests.wire import vectors

NUMBERS = vectors.read("javascript_numbers.json")
TEXTS = vectors.read("signatures_node.json")


def survives(text: str, written: str) -> bool:
    """The contract's rule in other words: JavaScript writes exactly what was there."""
    before, after = Fraction(text), None if written == "null" else Fraction(written)
    return before == after and abs(before) <= 2**53 and not (before == 0 and text[0] == "-")


def test_numbers_are_written_as_node_writes_them() -> None:
    wrong = {
        text: (written, expected)
        for text, expected in NUMBERS
        if (written := number(float(text))) != expected
    }

    assert wrong == {}


def test_a_number_that_javascript_changes_is_not_written() -> None:
    expected = {
        text: written.encode() if survives(text, written) else None for text, written in NUMBERS
    }

    assert {text: stringify_again(text.encode()) for text, _ in NUMBERS} == expected
    assert 100 < sum(written is None for written in expected.values()) < 700, "both kinds occur"


@pytest.mark.parametrize(
    "text",
    [
        "9007199254740993",
        "-9007199254740993",
        "9007199254740994",  # a double can hold it, but the next number is rewritten to it
        "90071992547409.921",
        "90071992547409.9200000001",
        "0.1000000000000000055511151231257827",
        "9223372036854775807",
        "9" * 400,
        "9" * 5_000,
        "1e16",
        "1e300",
        "1e400",
        "-1e400",
        "1e-400",
        "1e-99999999999999999999",
        "1e99999999999999999999",
        "-0",
        "-0.0",
        "-0e5",
        "-1e-400",
    ],
    ids=lambda text: text[:24],
)
@pytest.mark.parametrize("frame", ["{}", "[{}]", '{{"a":{}}}', '{{"a":[1,{{"b":{}}}]}}'])
def test_a_text_with_such_a_number_anywhere_is_not_written(text: str, frame: str) -> None:
    assert stringify_again(frame.format(text).encode()) is None


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("9007199254740992", "9007199254740992"),
        ("-9007199254740992", "-9007199254740992"),
        ("9007199254740992.0", "9007199254740992"),
        ("90071992547409.92", "90071992547409.92"),
        ("0.1", "0.1"),
        ("0.10", "0.1"),
        ("1.0", "1"),
        ("1e2", "100"),
        ("1e-7", "1e-7"),
        ("0.0000001", "1e-7"),
        ("0.00", "0"),
        ("0e5", "0"),
    ],
)
def test_a_number_that_survives_is_written(text: str, written: str) -> None:
    assert stringify_again(text.encode()) == written.encode()


@given(st.integers(-(10**40), 10**40), st.integers(-60, 20))
@example(9007199254740993, 0)
@example(9007199254740993, -2)
def test_two_numbers_are_never_rewritten_to_one(digits: int, exponent: int) -> None:
    """So the signer of the rewritten form has signed the number in the body."""
    text = f"{digits}e{exponent}"
    written = stringify_again(text.encode())

    assert written is None or Fraction(written.decode()) == Fraction(text)


@pytest.mark.parametrize("vector", TEXTS, ids=lambda vector: vector["name"])
def test_texts_are_written_again_as_node_writes_them(vector: dict[str, Any]) -> None:
    expected = vector["rewritten"].encode() if vector["survives"] else None

    assert stringify_again(vector["body"].encode()) == expected


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b" ",
        b"{",
        b"{}{}",
        b"nul",
        b"NaN",
        b"[Infinity]",
        b"[-Infinity]",
        b"undefined",
        b"{'a':1}",
        b"[1,]",
        b'{"a":1,}',
        b"[01]",
        b"[+1]",
        b"[1.]",
        b"[.5]",
        b"[0x10]",
        b"[1e]",
        b'["\x1f"]',
        b'["\\x41"]',
        b'["\\u12"]',
        b'["a]',
        b"/* */1",
        b"\xef\xbb\xbf{}",
        b"\xc2\xa01",
        b"\xff",
        b'["\xed\xa0\x80"]',
        b'["\xc0\x80"]',
        "[١]".encode(),
    ],
)
def test_what_javascript_cannot_parse_is_not_written(text: bytes) -> None:
    """Each of these makes JSON.parse throw, or is not UTF-8."""
    assert stringify_again(text) is None


@given(st.floats(allow_nan=False, allow_infinity=False))
@example(-0.0)
@example(5e-324)
def test_a_number_reads_back_as_the_same_double(value: float) -> None:
    written = number(value)

    assert struct.pack("d", float(written) + 0.0) == struct.pack("d", value + 0.0)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(json_values)
def test_writing_again_keeps_the_value_and_is_done_once(value: Any) -> None:
    once = stringify_again(json.dumps(value, indent=1).encode())

    assert once is not None
    assert json.loads(once) == value
    assert stringify_again(once) == once


# ---- one reading for one signature ---------------------------------------------------------------
def escaped(text: str, which: int) -> str:
    """A JSON string whose characters are escaped here and there."""
    parts = []
    for place, character in enumerate(text):
        plain = json.dumps(character, ensure_ascii=False)[1:-1]
        halves = character.encode("utf-16-be", "surrogatepass").hex("-", 2).split("-")
        chosen = (which >> place) & 1 or "\ud800" <= character <= "\udfff"
        parts.append("".join(f"\\u{half}" for half in halves) if chosen else plain)
    return '"' + "".join(parts) + '"'


json_strings = st.builds(
    escaped,
    st.text(st.characters(codec=None), max_size=6) | st.sampled_from(["__proto__", "1", "amount"]),
    st.integers(0, 63),
)
json_numbers = st.from_regex(r"-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?").map(
    str.strip
)
space = st.sampled_from(["", " ", "\n", "\t\r\n "])


def written_object(members: list[tuple[str, str]], gap: str) -> str:
    return "{" + gap + f"{gap},".join(f"{key}{gap}:{value}" for key, value in members) + gap + "}"


json_texts = st.recursive(
    json_strings | json_numbers | st.sampled_from(["true", "false", "null"]),
    lambda inner: (
        st.builds(
            lambda items, gap: f"[{gap}" + f",{gap}".join(items) + "]", st.lists(inner), space
        )
        | st.builds(written_object, st.lists(st.tuples(json_strings, inner), max_size=4), space)
    ),
    max_leaves=8,
)


def exactly(value: Any) -> Any:
    if isinstance(value, Digits):
        return Fraction(value.text)
    if isinstance(value, dict):
        return {key: exactly(each) for key, each in value.items()}
    return [exactly(each) for each in value] if isinstance(value, list) else value


@given(st.builds(written_object, st.lists(st.tuples(json_strings, json_texts), max_size=4), space))
def test_a_body_says_what_its_rewriting_says(text: str) -> None:
    """So a signature of the rewritten form is a signature of what is read from the body."""
    body = text.encode()
    rewritten = stringify_again(body)
    assume(rewritten is not None)
    assert rewritten is not None
    try:
        read = read_object(body)
    except WireError:
        return  # a key appears twice, so nothing is read from it
    assert exactly(read) == exactly(read_object(rewritten))
