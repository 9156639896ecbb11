"""What only an event's body has: amounts in decimals of major units."""

from typing import Any

from casino.ledger.money import NotAnAmount, to_minor
from config.web.fields import Digits, FieldError
from config.wire.errors import invalid_request


class MajorAmount:
    """A decimal string of major units ("10", "10.50"), or a number; read as its text."""

    required = True

    def read(self, value: Any) -> str:
        if isinstance(value, Digits):
            return value.text
        if type(value) is int:  # a bool is an int to isinstance
            return str(value)
        if not isinstance(value, str):
            raise FieldError('must be a decimal string, like "10.50"')
        return value

    def schema(self) -> dict[str, Any]:
        return {
            "oneOf": [
                {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$", "maxLength": 40},
                {"type": "number", "minimum": 0},
            ],
            "description": "Major units, with no more decimals than the currency has. "
            "More than 0 for a bet; 0 is the result of a lost round.",
        }


def minor_units(text: str, exponent: int, *, least: int) -> int:
    """The amount in minor units. Raises WireError where it is none, or below ``least``."""
    try:
        amount = to_minor(text, exponent)
    except NotAnAmount as reason:
        raise invalid_request({"amount": [str(reason)]}) from None
    if amount < least:
        raise invalid_request({"amount": ["must be more than 0"]})
    return amount
