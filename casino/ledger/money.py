"""Major to minor units and back, exactly; no float comes near."""

import re
from decimal import Decimal

LARGEST_AMOUNT = 2**63 - 1

_DECIMAL = re.compile(r"(?P<whole>[0-9]+)(?:\.(?P<fraction>[0-9]+))?", re.ASCII)


class NotAnAmount(ValueError):
    """The text is no amount of this currency; the message says why."""


def to_minor(text: str, exponent: int) -> int:
    """Read a decimal string of major units ("10", "10.50") as an integer of minor units.

    Raises:
        NotAnAmount: no plain decimal number, more decimals than ``exponent``, or out of range.
            Nothing is rounded, ever.
    """
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise NotAnAmount("must be a plain decimal number, like 10 or 10.50")
    fraction = match["fraction"] or ""
    if len(fraction) > exponent:
        raise NotAnAmount(f"must have at most {exponent} decimals")
    digits = (match["whole"] + fraction.ljust(exponent, "0")).lstrip("0") or "0"
    if len(digits) > 19 or int(digits) > LARGEST_AMOUNT:
        raise NotAnAmount("is larger than any amount can be")
    return int(digits)


def to_major(minor: int, exponent: int) -> str:
    """Write minor units as a decimal string of major units with all its decimals ("990.00")."""
    return f"{Decimal(minor).scaleb(-exponent):f}"
