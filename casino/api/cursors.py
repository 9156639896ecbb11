"""Cursors of histories: where a page ended in each wallet, as one opaque word.

It names wallets by their currencies and names no user. Used with another user's history, it is just
another position, and reveals nothing about the user it came from.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Annotated, Any

from config.web.bodies import Place
from config.web.fields import LARGEST_AMOUNT, Count, Field, FieldError
from config.wire.errors import invalid_request

_PLACE = re.compile(r"(?P<currency>[^:,]+):(?P<before>[0-9]{1,19})", re.ASCII)
_LONGEST = 1024

DEFAULT_LIMIT = 50
Limit = Annotated[int, Count(100, as_text=True), "The most that a page holds.", Place.QUERY]


class HistoryCursor(Field):
    """Reads the word as, for each currency, the number below which the next page starts."""

    def __init__(self) -> None:
        super().__init__("R09MRF9DT0lOUzoz", type="string", minLength=1, maxLength=_LONGEST)

    def read(self, value: Any) -> dict[str, int]:
        try:
            padded = value[: _LONGEST + 1].encode("ascii") + b"=" * (-len(value) % 4)
            text = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
        except (binascii.Error, UnicodeError):
            text = ""
        places = [_PLACE.fullmatch(part) for part in text.split(",")]
        read = {place["currency"]: int(place["before"]) for place in places if place}
        if len(value) > _LONGEST or not all(places) or max(read.values()) > LARGEST_AMOUNT:
            raise FieldError("must be a next_cursor that was given here")
        return read


Cursor = Annotated[
    dict[str, int] | None,
    HistoryCursor(),
    "The next_cursor of the page before: the way to deep pages.",
    Place.QUERY,
]


def cursor_of(position: Mapping[int, int] | None, currencies: Mapping[int, str]) -> str | None:
    """The cursor of a position in wallets, by primary key; None after the last page."""
    if position is None:
        return None
    text = ",".join(sorted(f"{currencies[pk]}:{before}" for pk, before in position.items()))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def position_of(cursor: Mapping[str, int], currencies: Mapping[int, str]) -> dict[int, int]:
    """The position in these wallets. Raises WireError if the cursor belongs to other wallets."""
    wallets = {currency: pk for pk, currency in currencies.items()}
    if not cursor.keys() <= wallets.keys():
        raise invalid_request({"cursor": ["is of a history of other wallets"]})
    return {wallets[currency]: before for currency, before in cursor.items()}
