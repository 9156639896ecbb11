"""Converts major units to minor units and back, exactly, without floats."""

import re
from typing import NamedTuple, Self

from casino.ledger.errors import NotAnAmount

LARGEST_AMOUNT = 2**63 - 1

_NOT_PLAIN = "must be a plain decimal number, like 10 or 10.50"
_DECIMAL = re.compile(r"(?P<whole>[0-9]+)(?:\.(?P<fraction>[0-9]+))?", re.ASCII)


def _parts(text: str) -> re.Match[str]:
    """Raises NotAnAmount if the text is not a plain decimal number."""
    match = _DECIMAL.fullmatch(text)
    if match is None:
        is_negative = text.startswith("-") and _DECIMAL.fullmatch(text, 1)
        raise NotAnAmount("must not be negative" if is_negative else _NOT_PLAIN)
    return match


def to_minor(text: str, exponent: int) -> int:
    """Read a decimal string of major units ("10", "10.50") as an integer of minor units.

    Raises:
        NotAnAmount: the text is not a plain decimal number, has more decimals than ``exponent``, or
            is out of range. Nothing is ever rounded.
    """
    match = _parts(text)
    fraction = match["fraction"] or ""
    if len(fraction) > exponent:
        raise NotAnAmount(f"must have at most {exponent} decimals")
    digits = (match["whole"] + fraction.ljust(exponent, "0")).lstrip("0") or "0"
    if len(digits) > 19 or int(digits) > LARGEST_AMOUNT:
        raise NotAnAmount("is larger than any amount can be")
    return int(digits)


class MajorUnits(NamedTuple):
    """An amount as a request wrote it: a plain decimal number of major units.

    Its value in minor units depends on the wallet's currency, which is read under the lock.
    """

    text: str

    @classmethod
    def read(cls, text: str) -> Self:
        """Raises NotAnAmount if the text is not a plain decimal number."""
        _parts(text)
        return cls(text)

    @property
    def is_zero(self) -> bool:
        return not self.text.strip("0.")

    def to_minor(self, exponent: int) -> int:
        """Raises NotAnAmount if it has more decimals than ``exponent`` or is out of range."""
        return to_minor(self.text, exponent)


Amount = int | MajorUnits
"""Minor units, or major units as a request wrote them."""


def to_major(minor: int, exponent: int) -> str:
    """Write minor units as a decimal string of major units with all its decimals ("990.00")."""
    digits = str(minor)
    if not exponent:
        return digits
    if len(digits) < exponent + 2:  # 5 becomes 005, and -5 becomes -005
        digits = f"{minor:0{exponent + 1 + (minor < 0)}}"
    return f"{digits[:-exponent]}.{digits[-exponent:]}"
