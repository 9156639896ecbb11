"""Reads all times of RFC 3339: with any number of decimals, with `t` and `z`, leap seconds."""

import re
from datetime import UTC, datetime, timedelta, timezone

_MOMENT = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)[Tt](?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d):"
    r"(?P<second>[0-5]\d|60)(?:\.(?P<fraction>\d+))?"
    r"(?:[Zz]|(?P<sign>[+-])(?P<offset_hour>[01]\d|2[0-3]):(?P<offset_minute>[0-5]\d))",
    re.ASCII,
)


class NotAMoment(ValueError):
    """The text is not a date and time with an offset; the message says why."""


def read_moment(text: str) -> datetime:
    """Return the moment, to the microsecond.

    Further decimals are rounded up. This is exact for the bounds of a half-open window, because
    stored times have microseconds: rounding changes neither `t >= bound` nor `t < bound`. A leap
    second, which clocks do not show, is read as the second that follows it.

    Raises NotAMoment.
    """
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise NotAMoment("must be a date and time with an offset, for example 2026-11-21T00:00:00Z")
    try:
        minute = datetime.fromisoformat(f"{match['date']}T{match['hour']}:{match['minute']}:00")
        minute = minute.replace(tzinfo=_offset(match))
        moment = minute + timedelta(
            seconds=int(match["second"]), microseconds=_microseconds(match["fraction"] or "")
        )
        is_out_of_place = (
            match["second"] == "60" and minute.astimezone(UTC).strftime("%H:%M") != "23:59"
        )
    except (ValueError, OverflowError):
        raise NotAMoment("must be a date and time that exists") from None
    if is_out_of_place:
        raise NotAMoment("must not have a 60th second, except a leap second at 23:59 in UTC")
    return moment


def _offset(match: re.Match[str]) -> timezone:
    if match["sign"] is None:
        return UTC
    offset = timedelta(hours=int(match["offset_hour"]), minutes=int(match["offset_minute"]))
    return timezone(-offset if match["sign"] == "-" else offset)


def _microseconds(digits: str) -> int:
    kept, finer = digits[:6].ljust(6, "0"), digits[6:]
    return int(kept) + bool(finer.strip("0"))
