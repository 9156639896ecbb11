"""Cursors of histories: where a page ended in each wallet, as one opaque word.

It names no user: within another user's history it is a place like any other, and shows nothing of
the one it came from.
"""

import base64
import binascii
import re
from collections.abc import Mapping

from config.web.fields import LARGEST_AMOUNT, FieldError

_PLACE = re.compile(r"(?P<asset>[^:,]+):(?P<before>[0-9]{1,19})", re.ASCII)


def cursor_of(places: Mapping[str, int]) -> str:
    """Say where a page ended: for each asset, the number below which the next page starts."""
    text = ",".join(f"{asset}:{before}" for asset, before in sorted(places.items()))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> dict[str, int]:
    """Where the next page starts, by asset. Raises FieldError: that is no cursor."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError):
        raise FieldError("must be a next_cursor that was given here") from None
    places = [_PLACE.fullmatch(part) for part in text.split(",")]
    read = {place["asset"]: int(place["before"]) for place in places if place}
    if not all(places) or max(read.values()) > LARGEST_AMOUNT:
        raise FieldError("must be a next_cursor that was given here")
    return read
