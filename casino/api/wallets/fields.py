"""What only the wallet service reads from a request, besides the fields of the wire."""

import math
import re
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from config.web.fields import Digits, Field, FieldError, Identifier
from config.wire.headers import HeaderUnreadable, read_key
from config.wire.text import IDENTIFIER_RULE


class Metadata(Field):
    """Any JSON object, kept with the transaction; an empty one says as much as none.

    The order of its keys is no part of it, nor is how a number is written: 1.50 is 1.5.
    """

    DEEPEST = 32

    example: Any = {}

    def read(self, value: Any) -> msgspec.Raw | UnsetType:
        if not isinstance(value, dict):
            raise FieldError("must be an object")
        if not value:
            return UNSET
        try:
            return msgspec.Raw(msgspec.json.encode(_kept(value, self.DEEPEST), order="sorted"))
        except UnicodeEncodeError:
            raise FieldError("must hold no half of a surrogate pair") from None

    def schema(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": True}


def _kept(value: Any, levels: int) -> Any:
    """The value with each of its numbers written in one way, exactly. Raises FieldError."""
    if isinstance(value, dict | list) and not levels:
        raise FieldError(f"must not be nested more than {Metadata.DEEPEST} levels deep")
    if isinstance(value, dict):
        return {name: _kept(part, levels - 1) for name, part in value.items()}
    if isinstance(value, list):
        return [_kept(part, levels - 1) for part in value]
    if isinstance(value, Digits):
        return msgspec.Raw(_decimal(value.text).encode())
    if type(value) is int and abs(value) >= _LONG:
        return msgspec.Raw(_decimal(str(value)).encode())
    return value


_LONG = 10**40


def _decimal(text: str) -> str:
    """A number as it is kept: without needless zeros, and with an exponent only where it is long.

    Raises:
        FieldError: other readers of JSON would take it for infinity or, though it is not, for 0.
    """
    mantissa, _, _ = text.lower().partition("e")
    if not mantissa.strip("-0."):
        return "0"
    if "." in text or mantissa != text:
        value = float(text)
        if math.isinf(value) or not value:
            raise FieldError("must hold no number beyond the range of a double, like 1e400")
    exact = Decimal(text)
    plain = f"{exact:f}"
    if "." in plain:
        plain = plain.rstrip("0").removesuffix(".")
    digits = "".join(map(str, exact.as_tuple().digits)).rstrip("0")
    fraction = f".{digits[1:]}" if digits[1:] else ""
    short = f"{'-' * exact.is_signed()}{digits[0]}{fraction}e{exact.adjusted()}"
    return short if len(plain) > len(str(_LONG)) and len(short) < len(plain) else plain


class KeyAsSent(NamedTuple):
    """An ``Idempotency-Key``: what it says, and how it was written."""

    text: str
    written: str


class IdempotencyKey(Identifier):
    """An identifier in a header, with quotes or without."""

    def read(self, value: Any) -> KeyAsSent:  # type: ignore[override]
        try:
            return KeyAsSent(super().read(read_key(value)), value)
        except HeaderUnreadable as reason:
            raise FieldError(str(reason)) from None

    def schema(self) -> dict[str, Any]:
        return {
            **super().schema(),
            "maxLength": 2 * self.longest + 2,  # quoted and escaped
            "description": 'Once; "k" and k are the same key. ' + IDENTIFIER_RULE,
        }


class SeenVersions(NamedTuple):
    """What an ``If-Match`` header lets the wallet's version be. ``unfit``: tags that fit nothing.

    ``versions`` None: any version will do.
    """

    versions: tuple[int, ...] | None
    unfit: tuple[str, ...] = ()

    def why_not(self) -> str | None:
        """What is to be said of tags that can fit nothing; None where there are none."""
        if not self.unfit:
            return None
        tag = self.unfit[0]
        if tag.startswith("W/"):
            reason = "is weak, and only a strong tag is held against the version"
        else:
            reason = "is no version as the ETag of a balance has it"
        return f"If-Match: {tag} {reason}. A proxy that compresses answers may have altered it."


class EntityTags(Field):
    """The versions that an ``If-Match`` header names: ``"7"``, several of them, or ``*`` for any.

    Source: RFC 9110, section 13.1.1. Tags are compared strongly, so a weak one fits nothing; what
    is a tag but none of ours fits nothing either.
    """

    _TAG = re.compile(r'(?P<weak>W/)?"(?P<text>[\x21\x23-\x7e]*)"')
    _VERSION = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)

    def read(self, value: Any) -> SeenVersions:
        if value == "*":
            return SeenVersions(None)
        # A tag of ours has no comma; one that has is split here, and refused with its halves.
        parts = [part.strip(" \t") for part in value.split(",") if part.strip()]
        tags = [self._TAG.fullmatch(part) for part in parts]
        if not tags or not all(tags):
            raise FieldError('must be an entity tag like "7", or *')
        fitting = [tag for tag in tags if tag and self._is_version(tag)]
        return SeenVersions(
            tuple(int(tag["text"]) for tag in fitting),
            tuple(tag[0] for tag in tags if tag and tag not in fitting),
        )

    def _is_version(self, tag: re.Match[str]) -> bool:
        return not tag["weak"] and self._VERSION.fullmatch(tag["text"]) is not None

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "examples": ['"7"', "*"]}
