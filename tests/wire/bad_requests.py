"""Requests that every JSON endpoint refuses in the same way, for the tests of each endpoint."""

import json
from typing import Any, NamedTuple

LARGEST_BODY_BYTES = 65_536
LARGEST_AMOUNT = 2**63 - 1

WRONG_METHODS = ("GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW")

BAD_CONTENT_TYPES = (
    "",
    "text/plain",
    "text/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/jsonp",
    "application/json5",
    "application/problem+json",
    "application/xml",
    "json",
    ";application/json",
    "\u00ff",
)

GOOD_CONTENT_TYPES = (
    "application/json",
    "application/json; charset=utf-8",
    "application/json;charset=UTF-8",
    "APPLICATION/JSON",
    " application/json ; x=y",
)


class BadBody(NamedTuple):
    """A body that gets 400 INVALID_REQUEST everywhere, with ``errors`` for ``body``."""

    name: str
    body: bytes


BAD_BODIES = (
    BadBody("white space", b" \n"),
    BadBody("cut off", b'{"amount": 1'),
    BadBody("an array", b"[]"),
    BadBody("a string", b'"text"'),
    BadBody("a number", b"1"),
    BadBody("null", b"null"),
    BadBody("true", b"true"),
    BadBody("two objects", b"{}{}"),
    BadBody("a comma too many", b'{"amount": 1,}'),
    BadBody("single quotes", b"{'amount': 1}"),
    BadBody("a comment", b'{"amount": 1 /* minor */}'),
    BadBody("a form", b"amount=1&currency=EUR"),
    BadBody("NaN", b'{"amount": NaN}'),
    BadBody("Infinity", b'{"amount": Infinity}'),
    BadBody("-Infinity", b'{"amount": -Infinity}'),
    BadBody("a leading zero", b'{"amount": 01}'),
    BadBody("hexadecimal", b'{"amount": 0x10}'),
    BadBody("5,000 digits", b'{"amount": 1' + b"0" * 4_999 + b"}"),
    BadBody("60,000 digits", b'{"amount": ' + b"9" * 60_000 + b"}"),
    BadBody("arrays without end", b"[" * 65_536),
    BadBody("arrays, very deep", b"[" * 32_768 + b"]" * 32_768),
    BadBody("objects without end", b'{"a":' * 13_000),
    BadBody("deep within a field", b'{"extra":' + b"[" * 30_000 + b"]" * 30_000 + b"}"),
    BadBody("bad UTF-8", b'{"amount": "\xff"}'),
    BadBody("UTF-8, cut off", b'{"amount": "\xc3"}'),
    BadBody("UTF-8, overlong", b'{"amount": "\xc0\x80"}'),
    BadBody("UTF-8 of a surrogate", b'{"amount": "\xed\xa0\x80"}'),
    BadBody("Latin-1", '{"amount": "é"}'.encode("latin-1")),
    BadBody("UTF-16", '{"amount": 1}'.encode("utf-16")),
    BadBody("UTF-32", '{"amount": 1}'.encode("utf-32")),
    BadBody("a byte order mark", b"\xef\xbb\xbf{}"),
    BadBody("a raw NUL", b'{"amount": "\x00"}'),
    BadBody("a raw newline in a string", b'{"amount": "\n"}'),
    BadBody("NUL alone", b"\x00"),
    BadBody("a key twice", b'{"amount": 1, "amount": 1}'),
    BadBody("a key twice, once escaped", b'{"amount": 1, "\\u0061mount": 2}'),
    BadBody("a key twice, deeper", b'{"extra": [{"a": 1, "a": 2}]}'),
    BadBody("compressed", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab\xae\x05\x00"),
)

# JSON texts, because Python cannot write all of them: 1.0 and 1e2 are floats, -0 is an integer.
BAD_AMOUNTS = {
    "null": "null",
    "a float": "10.5",
    "a whole float": "10.0",
    "an exponent": "1e2",
    "a tiny float": "1e-7",
    "infinite": "1e400",
    "a string": '"100"',
    "an empty string": '""',
    "true": "true",
    "false": "false",
    "a list": "[100]",
    "an object": '{"value": 100}',
    "negative": "-1",
    "very negative": "-9223372036854775808",
    "below 64 bits": "-9223372036854775809",
    "above 64 bits": "9223372036854775808",
    "above unsigned 64 bits": "18446744073709551616",
    "300 digits": "9" * 300,
    "4,000 digits": "9" * 4_000,
}

BAD_IDENTIFIERS = {
    "an integer": "7",
    "a float": "1.5",
    "true": "true",
    "a list": '["a"]',
    "an object": '{"a": "b"}',
    "empty": '""',
    "129 characters": '"' + "x" * 129 + '"',
    "60,000 characters": '"' + "x" * 60_000 + '"',
    "a space": '" "',
    "a space within": '"a b"',
    "a space behind": '"a "',
    "NUL": '"a\\u0000b"',
    "newline": '"a\\n"',
    "tab": '"\\ta"',
    "DEL": '"a\\u007f"',
    "no-break space": '"a\\u00a0b"',
    "zero-width space": '"a\\u200bb"',
    "zero-width joiner": '"a\\u200db"',
    "right-to-left override": '"\\u202eab"',
    "byte order mark": '"\\ufeffab"',
    "lone high surrogate": '"a\\ud800"',
    "lone low surrogate": '"\\udc00a"',
    "noncharacter": '"a\\uffff"',
    "variation selector": '"a\\ufe0f"',
    "combining grapheme joiner": '"a\\u034fb"',
    "Hangul filler": '"\\u3164"',
    "Braille blank": '"\\u2800"',
    "soft hyphen": '"a\\u00adb"',
    "isolate": '"\\u2066a\\u2069"',
    "private use": '"\\ue000"',
    "unassigned": '"\\u0378"',
    "tag": '"a\\udb40\\udc41"',
}


def with_json(fields: dict[str, Any], name: str, text: str) -> bytes:
    """The body of ``fields``, with the JSON ``text`` as the value of ``name``."""
    others = {key: value for key, value in fields.items() if key != name}
    members = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in others.items()]
    return ("{" + ", ".join([*members, f"{json.dumps(name)}: {text}"]) + "}").encode()


def padded(fields: dict[str, Any], size_bytes: int) -> bytes:
    """The body of ``fields``, with an unknown field that brings it to exactly this size."""
    body = json.dumps({**fields, "padding": ""}).encode()
    return json.dumps({**fields, "padding": "x" * (size_bytes - len(body))}).encode()
