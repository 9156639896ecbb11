"""Whether two requests say the same in their details: the part that the ledger has no column for.

Details are kept as the JSON text of an object. Equal text is equal content; text that differs may
still say the same, because it was written by an earlier version, or because it names something that
it says nothing of.
"""

import json
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec


class _Number(NamedTuple):
    """A number as it is written."""

    text: str


def say_the_same(details: str, stored: str) -> bool:
    """Whether ``details`` of a request say what ``stored`` says.

    An empty text or object says as much as a member that is missing. The order of members is not
    content, and neither is how a number is written: 1, 1.0 and 1e0 are the same.
    """
    return details == stored or _is_same(_read(details), _read(stored))


def _read(details: str) -> Any:
    """The object without members that say nothing; text that is not an object is itself."""
    try:
        read = json.loads(details, parse_int=_Number, parse_float=_Number)
    except ValueError:
        return details
    if not isinstance(read, dict):
        return details
    return {name: value for name, value in read.items() if value not in (None, "", {})}


def _is_same(value: Any, stored: Any) -> bool:
    if type(value) is not type(stored):  # to Python, true is 1
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
    """How earlier versions kept a number with a fraction or an exponent."""
    return msgspec.json.encode(float(number.text)).decode()
