"""A body is one JSON object, read exactly, or refused."""

from typing import Any

import pytest

from config.web.fields import (
    Digits,
    read_object,
)
from config.wire.errors import WireError


# ---- bodies -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"[",
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b"[1,2]",
        b"1",
        b'"text"',
        b"null",
        b"true",
        b"{}{}",
        b"{} x",
        b"{'a': 1}",
        b'{"a": 1,}',
        b"{a: 1}",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 01}',
        b'{"a": +1}',
        b'{"a": 1' + b"0" * 5_000 + b"}",
        b'{"a": "\x00"}',
        b'{"a": "\n"}',
        b'{"a": "\xff"}',
        b'{"a": "\xed\xa0\x80"}',
        b'{"a": "\xc0\x80"}',
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
        "{}".encode("utf-32"),
        b'{"a": 1, "a": 1}',
        b'{"a": 1, "\\u0061": 2}',
        b'{"a": {"b": 1, "b": 2}}',
        b'{"a": [{"b": 1, "b": 2}]}',
    ],
    ids=lambda body: repr(body[:24]),
)
def test_a_body_that_is_no_json_object_is_an_invalid_request(body: bytes) -> None:
    with pytest.raises(WireError) as refused:
        read_object(body)

    assert (refused.value.status, refused.value.code) == (400, "INVALID_REQUEST")
    assert list(refused.value.extra["errors"]) == ["body"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"a": 1' + b"0" * 5_000 + b"}", "has an integer of over 4300 digits"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "must not be nested this deeply"),
        (b'{"a": 1,}', "must be valid JSON in UTF-8"),
        (b'{"a": "\xff"}', "must be valid JSON in UTF-8"),
    ],
    ids=["long integer", "deep", "comma", "byte"],
)
def test_what_is_wrong_with_a_body_is_named(body: bytes, why: str) -> None:
    with pytest.raises(WireError) as refused:
        read_object(body)

    assert refused.value.extra["errors"] == {"body": [why]}


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"{}", {}),
        (b' {"a" : 1} \r\n', {"a": 1}),
        (b'{"a": 9223372036854775808}', {"a": 2**63}),
        (b'{"a": 0.10}', {"a": Digits("0.10")}),
        (b'{"a": 1e400}', {"a": Digits("1e400")}),
        (b'{"a": 0.1000000000000000055}', {"a": Digits("0.1000000000000000055")}),
        (b'{"a": "\\u0000"}', {"a": "\0"}),
        (b'{"a": "\\ud800"}', {"a": "\ud800"}),
        ('{"a": "é😀"}'.encode(), {"a": "é😀"}),
        (b'{"a": {"a": 1}}', {"a": {"a": 1}}),
    ],
)
def test_a_body_that_is_a_json_object_is_read_exactly(body: bytes, value: Any) -> None:
    assert read_object(body) == value
