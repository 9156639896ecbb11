"""Cursors of histories: where a page ended in each wallet, as one opaque word.

It names wallets by their currencies, and is valid only for the same player and filters. A checksum
of both is part of it. So a cursor that was cut short or belongs to another history is refused;
otherwise it would lead to a wrong page.
"""

import base64
import binascii
import re
import zlib
from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

from config.web.bodies import Place
from config.web.fields import LARGEST_AMOUNT, Count, Field, FieldError
from config.wire.errors import invalid_request

_PLACE = re.compile(r"(?P<currency>[^:,]+):(?P<before>[0-9]{1,19})", re.ASCII)
_LONGEST = 1024
_EXAMPLE = "R09MRF9DT0lOUzozO2Q3NzY0ZmFi"

DEFAULT_LIMIT = 50
Limit = Annotated[int, Count(100, as_text=True), "The most that a page holds.", Place.QUERY]


class Position(NamedTuple):
    """For each currency, the number below which the next page starts."""

    before: Mapping[str, int]
    checksum: str


class HistoryCursor(Field):
    """Reads the word as a position. Only ``position_of`` knows whether it is valid here."""

    def __init__(self) -> None:
        super().__init__(_EXAMPLE, type="string", minLength=1, maxLength=_LONGEST)

    def read(self, value: Any) -> Position:
        try:
            padded = value[: _LONGEST + 1].encode("ascii") + b"=" * (-len(value) % 4)
            text = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
        except (binascii.Error, UnicodeError):
            text = ""
        places, _, checksum = text.rpartition(";")
        found = [_PLACE.fullmatch(part) for part in places.split(",")]
        before = {place["currency"]: int(place["before"]) for place in found if place}
        if len(value) > _LONGEST or not all(found) or max(before.values()) > LARGEST_AMOUNT:
            raise FieldError("must be the next_cursor of an earlier page")
        return Position(before, checksum)


Cursor = Annotated[
    Position | None,
    HistoryCursor(),
    "The next_cursor of the previous page, for the same player and filters. Use it for deep pages.",
    Place.QUERY,
]


def cursor_of(
    position: Mapping[int, int] | None, currencies: Mapping[int, str], *question: str | None
) -> str | None:
    """The cursor of a position in wallets, by primary key; None after the last page.

    ``question`` is the player and the filters of the request.
    """
    if position is None:
        return None
    before = {currencies[pk]: number for pk, number in position.items()}
    text = f"{_text_of(before)};{_checksum(before, question)}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def position_of(
    cursor: Position, currencies: Mapping[int, str], *question: str | None
) -> dict[int, int]:
    """The position in these wallets. Raises WireError for a cursor of another history."""
    wallets = {currency: pk for pk, currency in currencies.items()}
    is_ours = cursor.checksum == _checksum(cursor.before, question)
    if not is_ours or not cursor.before.keys() <= wallets.keys():
        raise invalid_request({"cursor": ["belongs to another history, or is incomplete"]})
    return {wallets[currency]: before for currency, before in cursor.before.items()}


def _text_of(before: Mapping[str, int]) -> str:
    return ",".join(sorted(f"{currency}:{number}" for currency, number in before.items()))


def _checksum(before: Mapping[str, int], question: tuple[str | None, ...]) -> str:
    return f"{zlib.crc32(repr((_text_of(before), question)).encode()):08x}"
