"""Writes a JSON text the way ``JSON.stringify(JSON.parse(text))`` does.

Common Node.js signers sign that rewriting instead of the bytes they send. The rules come from
ECMA-262, sections 25.5 (JSON), 6.1.6.1.20 (Number::toString), 10.1.11.1 (order of keys).

JavaScript's numbers are doubles, so different texts can be rewritten to the same text, and a
signature of that text would be valid for all of them. A text with a number that JavaScript changes
is therefore not rewritten at all.
"""

import json
import math
import re
from decimal import Decimal
from typing import Any

LARGEST_EXACT = 2**53
"""A double can represent every integer up to here (contract, section 1)."""

_SHORT_ENOUGH = 15  # an integer with at most this many characters is below LARGEST_EXACT
_LARGEST_ARRAY_INDEX = 2**32 - 2
_ARRAY_INDEX = re.compile(r"0|[1-9][0-9]{0,9}", re.ASCII)


def stringify_again(text: bytes) -> bytes | None:
    """Return ``text`` parsed and written again by JavaScript's rules.

    None if it is not JSON, or if a number in it does not survive exactly.
    """
    try:
        value = json.loads(
            text.decode("utf-8"),
            parse_int=_integer,
            parse_float=_fraction,
            parse_constant=_refuse,
            object_pairs_hook=_ordered,
        )
        # UTF-8 cannot represent a lone surrogate; JavaScript writes it as an escape: \ud800.
        return _written(value).encode("utf-8", "backslashreplace")
    except (ValueError, ArithmeticError, RecursionError):
        return None


def number(value: float) -> str:
    """Write a double as JavaScript's Number::toString does (infinity as ``null``, as in JSON)."""
    if math.isinf(value):
        return "null"
    if value == 0:
        return "0"
    shortest = repr(value)
    if "e" not in shortest:  # Python and JavaScript choose the same digits
        return shortest.removesuffix(".0")
    return _large_or_small(value, shortest)


def _large_or_small(value: float, shortest: str) -> str:
    """JavaScript writes exponents from 1e21 on and below 1e-6; Python starts earlier."""
    _sign, digit_tuple, exponent = Decimal(shortest).normalize().as_tuple()
    assert isinstance(exponent, int)
    digits = "".join(map(str, digit_tuple))
    point = len(digits) + exponent  # the decimal point comes after this many digits
    minus = "-" if value < 0 else ""
    if len(digits) <= point <= 21:
        return minus + digits + "0" * exponent
    if -6 < point <= 0:
        return f"{minus}0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{minus}{digits[0]}{fraction}e{point - 1:+d}"


class _Written(str):
    """A number as JavaScript writes it."""

    __slots__ = ()


class _Changed(ValueError):
    """JavaScript would change the number."""


_leaf = json.JSONEncoder(ensure_ascii=False).encode


def _written(value: Any) -> str:
    if isinstance(value, _Written):
        return value
    if isinstance(value, dict):
        return "{" + ",".join([f"{_leaf(key)}:{_written(at)}" for key, at in value.items()]) + "}"
    if isinstance(value, list):
        return "[" + ",".join([_written(item) for item in value]) + "]"
    return _leaf(value)


def _integer(digits: str) -> _Written:
    if digits == "-0" or (len(digits) > _SHORT_ENOUGH and abs(int(digits)) > LARGEST_EXACT):
        raise _Changed(digits)
    return _Written(digits)


def _fraction(text: str) -> _Written:
    value = float(text)
    written = number(value)
    if abs(value) > LARGEST_EXACT or (value == 0 and text.startswith("-")):
        raise _Changed(text)
    if written != text and Decimal(written) != Decimal(text):
        raise _Changed(text)
    return _Written(written)


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _ordered(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The last value of a key wins, at its first place. Keys like array indices come first."""
    if not pairs:
        return {}
    merged = dict(pairs)
    indices = sorted(int(key) for key in merged if _is_array_index(key))
    if not indices:
        return merged
    ordered = {str(index): merged[str(index)] for index in indices}
    return ordered | merged


def _is_array_index(key: str) -> bool:
    return bool(_ARRAY_INDEX.fullmatch(key)) and int(key) <= _LARGEST_ARRAY_INDEX
