"""What only the wallet service reads from a request, besides the fields of the wire."""

import math
import re
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from config.web.fields import Digits, Field, FieldError, Identifier
from config.wire.headers import HeaderUnreadable, read_key


class Metadata(Field):
    """Any JSON object.

    It is stored with the transaction; an empty one counts as none. The order of its keys does not
    matter, nor does how a number is written: 1.50 is 1.5.
    """

    DEEPEST = 32

    def __init__(self) -> None:
        super().__init__({}, type="object", additionalProperties=True)

    def read(self, value: Any) -> msgspec.Raw | UnsetType:
        if not isinstance(value, dict):
            raise FieldError("must be an object")
        if not value:
            return UNSET
        try:
            return msgspec.Raw(msgspec.json.encode(_kept(value, self.DEEPEST), order="sorted"))
        except UnicodeEncodeError:
            raise FieldError("must not contain an unpaired surrogate") from None


def _kept(value: Any, levels: int) -> Any:
    """The value with each of its numbers written in one exact way. Raises FieldError."""
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
_EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)


def _decimal(text: str) -> str:
    """A number as it is stored: without unnecessary zeros, and with an exponent only if it is long.

    Raises:
        FieldError: other JSON parsers would read it as infinity, or as 0 although it is not.
    """
    if not text.lower().partition("e")[0].strip("-0."):
        return "0"
    if not text.removeprefix("-").isdigit() and float(text) in (0, math.inf, -math.inf):
        raise FieldError("must not contain a number beyond the range of a double, like 1e400")
    exact = Decimal(text).normalize(_EXACT)
    plain, short = f"{exact:f}", f"{exact:e}".replace("e+", "e")
    return short if len(plain) > len(str(_LONG)) and len(short) < len(plain) else plain


class KeyAsSent(NamedTuple):
    """An ``Idempotency-Key``: its value, and how it was written."""

    text: str
    written: str


class IdempotencyKey(Identifier):
    """An identifier in a header, with or without quotes."""

    def __init__(self) -> None:
        super().__init__()
        quoted_and_escaped = 2 * self.longest + 2
        self.schema.update(maxLength=quoted_and_escaped, description='"k" and k are the same.')

    def read(self, value: Any) -> KeyAsSent:  # type: ignore[override]
        try:
            return KeyAsSent(super().read(read_key(value)), value)
        except HeaderUnreadable as reason:
            raise FieldError(str(reason)) from None


class SeenVersions(NamedTuple):
    """The versions that ``If-Match`` allows (None: any). ``unfit`` are tags that match nothing."""

    versions: tuple[int, ...] | None
    unfit: tuple[str, ...] = ()

    def why_not(self) -> str | None:
        """Why no version can match, for the answer; None if every tag has our form."""
        if not self.unfit:
            return None
        tag = self.unfit[0]
        if tag.startswith("W/"):
            reason = "is weak, and only a strong tag can match"
        else:
            reason = "is not a version from the ETag of a balance"
        return f"If-Match: {tag} {reason}. A proxy that compresses answers may have altered it."


class EntityTags(Field):
    """The versions that an ``If-Match`` header names: ``"7"``, several of them, or ``*`` for any.

    Source: RFC 9110, section 13.1.1. Tags are compared strongly, so a weak one matches nothing; nor
    does a tag that is not one of ours.
    """

    _TAG = re.compile(r'(W/)?"[\x21\x23-\x7e]*"')
    _OURS = re.compile(r'"(0|[1-9][0-9]{0,18})"', re.ASCII)

    def __init__(self) -> None:
        super().__init__('"7"', type="string", examples=['"7"', "*"])

    def read(self, value: Any) -> SeenVersions:
        if value == "*":
            return SeenVersions(None)
        # Our tags have no comma. A tag with one is split here, and both halves are refused.
        parts = [part.strip(" \t") for part in value.split(",") if part.strip()]
        if not parts or not all(map(self._TAG.fullmatch, parts)):
            raise FieldError('must be an entity tag like "7", or *')
        fitting = [part for part in parts if self._OURS.fullmatch(part)]
        unfit = tuple(part for part in parts if part not in fitting)
        return SeenVersions(tuple(int(part.strip('"')) for part in fitting), unfit)
