"""What only an event's body has: amounts in decimals of major units."""

from typing import Any

from casino.ledger.errors import NotAnAmount
from casino.ledger.money import MajorUnits
from config.web.fields import Digits, Field, FieldError


class MajorAmount(Field):
    """A decimal string of major units ("10", "10.50"), or a number, taken by its text."""

    required = True

    def read(self, value: Any) -> MajorUnits:
        if isinstance(value, Digits):
            value = value.text
        elif type(value) is int:  # a bool is an int to isinstance
            value = str(value)
        elif not isinstance(value, str):
            raise FieldError('must be a decimal string, like "10.50"')
        try:
            return MajorUnits.read(value)
        except NotAnAmount as reason:
            raise FieldError(reason.message) from None

    def schema(self) -> dict[str, Any]:
        return {
            "oneOf": [
                {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$", "maxLength": 40},
                {"type": "number", "minimum": 0},
            ],
            "description": "Major units, with no more decimals than the currency has. "
            "More than 0 for a bet; 0 is the result of a lost round.",
        }
