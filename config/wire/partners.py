"""Types for what a partner tells us: texts and times that can be stored, shown and compared.

A text with a null character cannot be stored, and one with other control characters can change what
a terminal shows. A time without an offset cannot be compared with ours, and one at the end of the
calendar cannot be converted to another offset.
"""

from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta

from config.wire.text import LINE_PATTERN

Line = Annotated[str, Meta(pattern=LINE_PATTERN)]
Moment = Annotated[datetime, Meta(tz=True)]
"""Check it with ``must_be_likely`` too."""

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(9000, 1, 1, tzinfo=UTC)


def must_be_likely(moment: datetime) -> None:
    """Raises ValueError, which makes the answer invalid, if the time cannot be meant."""
    if not EARLIEST <= moment < LATEST:
        raise ValueError("a time is implausible")
