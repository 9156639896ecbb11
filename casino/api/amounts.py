"""Amounts in major units, which a request writes as decimals."""

from typing import Any

from casino.ledger.errors import NotAnAmount
from casino.ledger.money import MajorUnits
from config.web.fields import Digits, Field, FieldError

PAST_THE_LARGEST = "would take the balance past the largest possible balance"
"""What is wrong with an amount that the wallet has no room for."""


class MajorAmount(Field):
    """A decimal number of major units, read digit by digit; with ``as_text`` it may be a string.

    How many decimals it may have is known only under the wallet's lock. A JSON number, unlike a
    string, must be greater than 0 and may end in more zeros than its currency has decimals.
    """

    def __init__(self, *, as_text: bool, example: Any) -> None:
        if as_text:
            text = {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$", "maxLength": 40}
            schema: dict[str, Any] = {"oneOf": [text, {"type": "number", "minimum": 0}]}
            words = "Major units, with no more decimals than the currency has. 0: a lost round."
        else:
            schema = {"type": "number", "exclusiveMinimum": 0}
            words = "Whole units of the asset, with no more decimals than it has."
        super().__init__(example, **schema, description=words)
        self.as_text = as_text

    def read(self, value: Any) -> MajorUnits:
        if isinstance(value, Digits):
            value = value.text
        elif type(value) is int:  # a bool is an int to isinstance
            value = str(value)
        elif not self.as_text:
            raise FieldError("must be a number")
        elif not isinstance(value, str):
            raise FieldError('must be a decimal string, like "10.50"')
        try:
            units = MajorUnits.read(value)
        except NotAnAmount as reason:
            raise FieldError(reason.message) from None
        return units if self.as_text else _shortened(units)


def _shortened(units: MajorUnits) -> MajorUnits:
    if units.is_zero:
        raise FieldError("must be greater than 0")
    text = units.text
    return MajorUnits(text.rstrip("0").removesuffix(".") if "." in text else text)
