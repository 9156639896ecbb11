"""Writes a JSON text the way ``JSON.stringify(JSON.parse(text))`` does.

Common Node.js signers sign that rewriting instead of the bytes they send. Source of the rules:
ECMA-262, sections 25.5 (JSON), 6.1.6.1.20 (Number::toString), 10.1.11.1 (order of keys).
"""

import json
import math
import re
from decimal import Decimal
from typing import Any

_SAFE_INTEGER = 2**53
_LARGEST_ARRAY_INDEX = 2**32 - 2
_ARRAY_INDEX = re.compile(r"0|[1-9][0-9]{0,9}", re.ASCII)


def stringify_again(text: bytes) -> bytes | None:
    """Return ``text`` parsed and written again by JavaScript's rules, or None if it is not JSON."""
    try:
        value = json.loads(
            text.decode("utf-8"),
            parse_int=_integer,
            parse_float=lambda digits: _Written(number(float(digits))),
            parse_constant=_refuse,
            object_pairs_hook=_ordered,
        )
        # What UTF-8 cannot say, a lone surrogate, JavaScript writes as an escape: \ud800.
        return _written(value).encode("utf-8", "backslashreplace")
    except (ValueError, RecursionError):
        return None


def number(value: float) -> str:
    """Write a double as JavaScript's Number::toString does (infinite: ``null``, as in JSON)."""
    if math.isinf(value):
        return "null"
    if value == 0:
        return "0"
    _sign, digit_tuple, exponent = Decimal(repr(abs(value))).normalize().as_tuple()
    assert isinstance(exponent, int)
    digits = "".join(map(str, digit_tuple))
    point = len(digits) + exponent  # the decimal point stands after this many digits
    minus = "-" if value < 0 else ""
    if len(digits) <= point <= 21:
        return minus + digits + "0" * exponent
    if 0 < point <= 21:
        return f"{minus}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{minus}0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{minus}{digits[0]}{fraction}e{point - 1:+d}"


class _Written(str):
    """A number, as JavaScript writes it."""

    __slots__ = ()


_leaf = json.JSONEncoder(ensure_ascii=False).encode


def _written(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join([f"{_leaf(key)}:{_written(at)}" for key, at in value.items()]) + "}"
    if isinstance(value, list):
        return "[" + ",".join([_written(item) for item in value]) + "]"
    return value if isinstance(value, _Written) else _leaf(value)


def _integer(digits: str) -> _Written:
    value = float(digits)  # JavaScript has no integers past 2**53: they lose their last digits
    return _Written(int(value) if abs(value) < _SAFE_INTEGER else number(value))


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _ordered(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Last value wins at its first place; keys that look like array indices come first."""
    merged = dict(pairs)
    indices = sorted(int(key) for key in merged if _is_array_index(key))
    if not indices:
        return merged
    ordered = {str(index): merged[str(index)] for index in indices}
    return ordered | merged


def _is_array_index(key: str) -> bool:
    return bool(_ARRAY_INDEX.fullmatch(key)) and int(key) <= _LARGEST_ARRAY_INDEX
