"""Money as exact integers in minor units: the amounts that cases name, and decimal texts.

An amount of a case is a sum of terms: ``2 stakes``, ``all``, ``all / 60``, ``all + 1 unit``,
``least - 1 unit``. A stake is the configuration's; ``all`` is what the player holds by the tool's
own arithmetic.
"""

import re
from dataclasses import dataclass

_TERM = re.compile(r"(?:(?P<count>\d+) )?(?P<name>stakes?|units?|all|least|most|large)")
_SUM = re.compile(r" ([+-]) ")


@dataclass(frozen=True, slots=True)
class Scale:
    """What the words of an amount stand for, in minor units. None: not known."""

    stake: int
    held: int
    least: int | None = None
    most: int | None = None
    large: int | None = None


def amount_of(text: str, scale: Scale) -> int:
    """The amount in minor units. Raises ValueError if ``text`` is not an amount."""
    first, *rest = _SUM.split(text)
    total = _term(first, scale)
    for sign, term in zip(rest[::2], rest[1::2], strict=True):
        total += _term(term, scale) if sign == "+" else -_term(term, scale)
    return total


def _term(text: str, scale: Scale) -> int:
    if text.isdecimal():
        return int(text)
    whole, _, divisor = text.partition(" / ")
    found = _TERM.fullmatch(whole)
    if found is None:
        raise ValueError(f"{text!r} is not an amount")
    value = {
        "stake": scale.stake,
        "unit": 1,
        "all": scale.held,
        "least": scale.least,
        "most": scale.most,
        "large": scale.large,
    }[found["name"].removesuffix("s")]
    if value is None:
        raise ValueError(f"the configuration does not say what {found['name']!r} is")
    return value * int(found["count"] or 1) // int(divisor or 1)


def to_major(minor: int, exponent: int) -> str:
    """1050 with exponent 2 is ``10.50``."""
    digits = str(abs(minor)).rjust(exponent + 1, "0")
    sign = "-" if minor < 0 else ""
    if exponent == 0:
        return sign + digits
    return f"{sign}{digits[:-exponent]}.{digits[-exponent:]}"


def to_minor(text: str, exponent: int) -> int:
    """``10.5`` with exponent 2 is 1050. Raises ValueError if the text is not an exact amount."""
    found = re.fullmatch(r"(-?)(\d{1,40})(?:\.(\d{1,40}))?", text, re.ASCII)
    if found is None:
        raise ValueError(f"{text!r} is not a decimal amount")
    sign, whole, fraction = found[1], found[2], found[3] or ""
    if fraction[exponent:].strip("0"):
        raise ValueError(f"{text!r} has more than {exponent} decimals")
    minor = int(whole + fraction[:exponent].ljust(exponent, "0"))
    return -minor if sign else minor
