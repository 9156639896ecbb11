"""Reads the fields of a JSON body, all of them, and says of each what is wrong with it.

A field knows how to read a value and how to describe itself in an OpenAPI schema, so that the two
cannot differ. Unknown extra fields are ignored (contract, section 2).
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from config.wire.errors import invalid_request
from config.wire.rfc3339 import NotAMoment, read_moment
from config.wire.text import IDENTIFIER_PATTERN, IDENTIFIER_RULE, is_identifier

LARGEST_AMOUNT = 2**63 - 1
LONGEST_IDENTIFIER = 128


class FieldError(ValueError):
    """What is wrong with one value, in words that fit behind the field's name."""


class Field(Protocol):
    """One field of a body."""

    required: bool

    def read(self, value: Any) -> Any: ...

    def schema(self) -> dict[str, Any]: ...


class Identifier:
    """1–128 visible characters, by the rule of ``config.wire.text``."""

    def __init__(self, *, required: bool = True, longest: int = LONGEST_IDENTIFIER) -> None:
        self.required = required
        self.longest = longest

    def read(self, value: Any) -> str:
        if not isinstance(value, str):
            raise FieldError("must be a string")
        if not 1 <= len(value) <= self.longest:
            raise FieldError(f"must have 1 to {self.longest} characters")
        if not is_identifier(value):
            raise FieldError("must have visible characters only")
        return value

    def schema(self) -> dict[str, Any]:
        return {
            "type": "string",
            "minLength": 1,
            "maxLength": self.longest,
            "pattern": IDENTIFIER_PATTERN,
            "description": IDENTIFIER_RULE,
        }


class Amount:
    """An integer in minor units of the currency, ``least`` to 2**63 - 1. No floats, no strings."""

    def __init__(self, *, least: int, required: bool = True) -> None:
        self.required = required
        self.least = least

    def read(self, value: Any) -> int:
        if type(value) is not int:  # a bool is an int to isinstance
            raise FieldError("must be an integer in minor units")
        if value < self.least:
            raise FieldError(f"must be at least {self.least}")
        if value > LARGEST_AMOUNT:
            raise FieldError(f"must be at most {LARGEST_AMOUNT}")
        return value

    def schema(self) -> dict[str, Any]:
        return {
            "type": "integer",
            "format": "int64",
            "minimum": self.least,
            "maximum": LARGEST_AMOUNT,
            "description": "Minor units of the currency.",
        }


class Amounts:
    """A list of ``fewest`` to ``most`` amounts."""

    def __init__(self, *, least: int, fewest: int, most: int) -> None:
        self.required = False
        self.fewest = fewest
        self.most = most
        self._amount = Amount(least=least)

    def read(self, value: Any) -> tuple[int, ...]:
        if not isinstance(value, list):
            raise FieldError("must be a list of integers in minor units")
        if not self.fewest <= len(value) <= self.most:
            raise FieldError(f"must have {self.fewest} to {self.most} amounts")
        return tuple(self._amount.read(amount) for amount in value)

    def schema(self) -> dict[str, Any]:
        return {
            "type": "array",
            "items": self._amount.schema(),
            "minItems": self.fewest,
            "maxItems": self.most,
        }


class Identifiers:
    """A list of 1 to ``most`` identifiers."""

    def __init__(self, *, most: int) -> None:
        self.required = False
        self.most = most
        self._identifier = Identifier()

    def read(self, value: Any) -> list[str]:
        if not isinstance(value, list):
            raise FieldError("must be a list of strings")
        if not 1 <= len(value) <= self.most:
            raise FieldError(f"must have 1 to {self.most} identifiers")
        return [self._identifier.read(identifier) for identifier in value]

    def schema(self) -> dict[str, Any]:
        return {
            "type": "array",
            "items": self._identifier.schema(),
            "minItems": 1,
            "maxItems": self.most,
        }


class Count:
    """An integer from 1 to ``most``."""

    def __init__(self, *, most: int) -> None:
        self.required = False
        self.most = most

    def read(self, value: Any) -> int:
        if type(value) is not int or not 1 <= value <= self.most:
            raise FieldError(f"must be an integer from 1 to {self.most}")
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": 1, "maximum": self.most}


class Moment:
    """A date and a time with its offset from UTC, as RFC 3339 has it."""

    def __init__(self) -> None:
        self.required = False

    def read(self, value: Any) -> datetime:
        if not isinstance(value, str):
            raise FieldError("must be a string")
        try:
            return read_moment(value)
        except NotAMoment as fault:
            raise FieldError(str(fault)) from None

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}


class OneOf:
    """A string that has one of these values."""

    required = True

    def __init__(self, *values: str) -> None:
        self._values = values

    def read(self, value: Any) -> str:
        if value not in self._values:
            raise FieldError(f"must be {' or '.join(self._values)}")
        return str(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self._values)}


class Digits(NamedTuple):
    """A JSON number with a fraction or an exponent, as it was written: no float comes near it."""

    text: str


def read_object(body: bytes) -> dict[str, Any]:
    """Parse a body that must be one JSON object. Every number in it is read exactly.

    Raises:
        WireError: 400 ``INVALID_REQUEST`` for anything else: bad UTF-8, duplicated keys, NaN, an
            integer of thousands of digits, nesting without end.
    """
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=_refuse_constant,
            parse_float=Digits,
        )
    except FieldError as error:
        raise invalid_request({"body": [str(error)]}) from None
    except (ValueError, RecursionError):
        raise invalid_request({"body": ["must be valid JSON in UTF-8"]}) from None
    if not isinstance(value, dict):
        raise invalid_request({"body": ["must be a JSON object"]})
    return value


def read_fields(fields: Mapping[str, Field], values: Mapping[str, Any]) -> dict[str, Any]:
    """Read every field; an optional one that is absent or null becomes None.

    Raises:
        WireError: 400 ``INVALID_REQUEST`` with the messages of every field that is wrong.
    """
    read: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for name, field in fields.items():
        value = values.get(name)
        if value is None:
            if field.required:
                errors[name] = ["is required" if name not in values else "must not be null"]
            else:
                read[name] = None
            continue
        try:
            read[name] = field.read(value)
        except FieldError as error:
            errors[name] = [str(error)]
    if errors:
        raise invalid_request(errors)
    return read


def object_schema(fields: Mapping[str, Field]) -> dict[str, Any]:
    """The OpenAPI schema of a body with these fields."""
    required = [name for name, field in fields.items() if field.required]
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {
            name: field.schema() if field.required else or_null(field.schema())
            for name, field in fields.items()
        },
    }
    if required:
        schema["required"] = required
    return schema


def or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a value that may be null, too."""
    if "type" not in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return {**schema, "type": [*types, "null"]}


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise FieldError("must not have a key twice in one object")
    return value


def _refuse_constant(constant: str) -> Any:
    raise FieldError(f"must be valid JSON; {constant} is not")
