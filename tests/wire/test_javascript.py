"""JSON as JavaScript writes it: held against what Node.js wrote."""

import json
import struct
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from config.wire.javascript import number, stringify_again
from tests.wire import vectors

NUMBERS = vectors.read("javascript_numbers.json")


def test_numbers_are_written_as_node_writes_them() -> None:
    wrong = {
        text: (written, expected)
        for text, expected in NUMBERS
        if (written := stringify_again(text.encode())) != expected.encode()
    }

    assert wrong == {}


@pytest.mark.parametrize(
    "vector", vectors.read("signatures_node.json"), ids=lambda vector: vector["name"]
)
def test_texts_are_written_again_as_node_writes_them(vector: dict[str, Any]) -> None:
    assert stringify_again(vector["body"].encode()) == vector["rewritten"].encode()


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
