"""Compares the details of two requests: the part that has no column in the ledger.

Details are stored as the JSON text of an object. Equal strings have equal content. Different
strings may still have equal content, because an earlier version wrote one of them, or because one
of them has members that are empty.
"""

import json
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec


class _Number(NamedTuple):
    """A number as it was written."""

    text: str


def say_the_same(details: str, stored: str) -> bool:
    """Whether the ``details`` of a request have the same content as ``stored``.

    A member that is null, an empty string or an empty object counts as missing. The order of
    members does not matter, nor how a number is written: 1, 1.0 and 1e0 are the same.
    """
    return details == stored or _is_same(_read(details), _read(stored))


def _read(details: str) -> Any:
    """The object without its empty members, or the string itself if it is not a JSON object."""
    try:
        read = json.loads(details, parse_int=_Number, parse_float=_Number)
    except ValueError:
        return details
    if not isinstance(read, dict):
        return details
    return {name: value for name, value in read.items() if value not in (None, "", {})}


def _is_same(value: Any, stored: Any) -> bool:
    if type(value) is not type(stored):  # in Python, True == 1
        return False
    match value:
        case dict():
            return value.keys() == stored.keys() and all(
                _is_same(part, stored[name]) for name, part in value.items()
            )
        case _Number():
            return Decimal(value.text) == Decimal(stored.text) or _as_double(value) == stored.text
        case list():
            return len(value) == len(stored) and all(map(_is_same, value, stored))
    return bool(value == stored)


def _as_double(number: _Number) -> str:
    """How earlier versions stored a number with a fraction or an exponent."""
    return msgspec.json.encode(float(number.text)).decode()
