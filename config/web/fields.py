"""Reads all fields of a JSON body and says for each of them what is wrong. A field reads a value
and has the schema that describes it, so the two cannot differ. Unknown extra fields are ignored
(contract, section 2).
"""

import json
import re
import sys
from datetime import datetime
from typing import Any, NamedTuple

from config.wire.errors import invalid_request
from config.wire.rfc3339 import NotAMoment, read_moment
from config.wire.text import IDENTIFIER_PATTERN, IDENTIFIER_RULE, is_identifier, is_line, is_text

LARGEST_AMOUNT = 2**63 - 1
_DIGITS = re.compile(r"[0-9]{1,19}", re.ASCII)

Schema = dict[str, Any]


class FieldError(ValueError):
    """What is wrong with one value, in words that can follow the field's name."""


class Example:
    """In an annotation: an example of the type, and what its schema says besides the type."""

    def __init__(self, example: Any, **schema: Any) -> None:
        self.example, self.schema = example, schema


class Field(Example):
    """In an annotation: how to read a value of a request, its whole schema, and an example."""

    def read(self, value: Any) -> Any:
        """Return the value as operations expect it. Raises FieldError."""
        raise NotImplementedError


class Text(Field):
    """Text from a person: up to ``longest`` characters, by the rule of ``config.wire.text``. Unless
    it may be empty, at least one character is visible. ``lines`` allows several lines.
    """

    def __init__(
        self, example: str = "text", longest: int = 128, shortest: int = 1, lines: bool = False
    ) -> None:
        pattern = {"pattern": r"\S"} if shortest else {}
        super().__init__(example, type="string", minLength=shortest, maxLength=longest, **pattern)
        self.longest, self.shortest, self.lines = longest, shortest, lines

    def read(self, value: Any) -> str:
        if not isinstance(value, str):
            raise FieldError("must be a string")
        if not self.shortest <= len(value) <= self.longest:
            raise FieldError(f"must have {self.shortest} to {self.longest} characters")
        self.check(value)
        return value

    def check(self, value: str) -> None:
        """Raise FieldError for a character that is not allowed."""
        if self.lines and not is_text(value):
            raise FieldError("must not have control characters, except line breaks and tabs")
        if not self.lines and not is_line(value):
            raise FieldError("must be one line without control characters")
        if self.shortest and not any(map(is_identifier, value)):
            raise FieldError("must not be blank")


class Identifier(Text):
    """1–128 visible characters, by the rule of ``config.wire.text``."""

    json_type, noun = "strings", "identifiers"

    def __init__(self, example: str = "text", longest: int = 128) -> None:
        super().__init__(example, longest)
        self.schema.update(pattern=IDENTIFIER_PATTERN, description=IDENTIFIER_RULE)

    def check(self, value: str) -> None:
        if not is_identifier(value):
            raise FieldError("must have visible characters only")


class Amount(Field):
    """An integer in minor units of the currency, ``least`` to 2**63 - 1. No floats, no strings."""

    json_type, noun = "integers in minor units", "amounts"

    def __init__(self, least: int = 0, example: int = 1000) -> None:
        of = {"format": "int64", "description": "Minor units of the currency."}
        super().__init__(example, type="integer", minimum=least, maximum=LARGEST_AMOUNT, **of)
        self.least = least

    def read(self, value: Any) -> int:
        if type(value) is not int:  # a bool is an int to isinstance
            raise FieldError("must be an integer in minor units")
        if value < self.least:
            raise FieldError(f"must be at least {self.least}")
        if value > LARGEST_AMOUNT:
            raise FieldError(f"must be at most {LARGEST_AMOUNT}")
        return value


class ListOf(Field):
    """A list of ``fewest`` to ``most`` amounts or identifiers."""

    def __init__(self, item: Amount | Identifier, fewest: int, most: int) -> None:
        size = {"minItems": fewest, "maxItems": most}
        super().__init__([item.example], type="array", items=item.schema, **size)
        self.item, self.fewest, self.most = item, fewest, most

    def read(self, value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise FieldError(f"must be a list of {self.item.json_type}")
        if not self.fewest <= len(value) <= self.most:
            raise FieldError(f"must have {self.fewest} to {self.most} {self.item.noun}")
        return tuple(self.item.read(each) for each in value)


class Count(Field):
    """An integer from ``least`` to ``most``; with ``as_text`` as digits, as in an address."""

    def __init__(
        self, most: int = LARGEST_AMOUNT, least: int = 1, as_text: bool = False, example: int = 50
    ) -> None:
        super().__init__(example, type="integer", minimum=least, maximum=most)
        self.most, self.least, self.as_text = most, least, as_text

    def read(self, value: Any) -> int:
        if self.as_text and _DIGITS.fullmatch(value):
            value = int(value)
        if type(value) is not int or not self.least <= value <= self.most:
            raise FieldError(f"must be an integer from {self.least} to {self.most}")
        return value


class Moment(Field):
    """A date and a time with its offset from UTC (RFC 3339)."""

    def __init__(self, example: str = "2025-08-19T00:00:00Z") -> None:
        super().__init__(example, type="string", format="date-time")

    def read(self, value: Any) -> datetime:
        if not isinstance(value, str):
            raise FieldError("must be a string")
        try:
            return read_moment(value)
        except NotAMoment as fault:
            raise FieldError(str(fault)) from None


class OneOf(Field):
    """A string with one of these values; ``Literal`` means the same."""

    def __init__(self, *values: str) -> None:
        super().__init__(values[0], type="string", enum=list(values))
        self._values = values

    def read(self, value: Any) -> str:
        if value not in self._values:
            raise FieldError(f"must be {' or '.join(self._values)}")
        return str(value)


# ---- the body ----------------------------------------------------------------------------------


class Digits(NamedTuple):
    """A JSON number with a fraction or an exponent, as it was written. It never becomes a float."""

    text: str


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise FieldError("must not have the same key twice in one object")
    return value


def _refuse_constant(constant: str) -> Any:
    raise FieldError(f"must be valid JSON; {constant} is not")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_float=Digits
)


def read_object(body: bytes) -> dict[str, Any]:
    """Parse a body that must be one JSON object. Every number in it is read exactly.

    Raises:
        WireError: 400 ``INVALID_REQUEST`` for anything else: bad UTF-8, duplicate keys, NaN,
        integers of thousands of digits, excessive nesting.
    """
    try:
        value = _DECODER.decode(body.decode("utf-8"))
    except FieldError as error:
        raise invalid_request({"body": [str(error)]}) from None
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise invalid_request({"body": ["must be valid JSON in UTF-8"]}) from None
    except ValueError:  # an integer that is longer than Python reads
        limit = sys.get_int_max_str_digits()
        raise invalid_request({"body": [f"has an integer of over {limit} digits"]}) from None
    except RecursionError:
        raise invalid_request({"body": ["must not be nested this deeply"]}) from None
    if not isinstance(value, dict):
        raise invalid_request({"body": ["must be a JSON object"]})
    return value
