"""Days in UTC, by the time at which a transaction was booked."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

LONGEST_DAYS = 3_660
FIRST_YEAR, LAST_YEAR = 1970, 9000
"""Days before and after a period can be calculated, too."""


class NotAPeriod(ValueError):
    """The period is not valid; the message is for the person who asked for it."""


@dataclass(frozen=True, slots=True)
class Period:
    """From the beginning of ``first`` to the end of ``last``."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise NotAPeriod("The period ends before it begins.")
        if self.days > LONGEST_DAYS:
            raise NotAPeriod("The period is longer than ten years.")
        if self.first.year < FIRST_YEAR or self.last.year > LAST_YEAR:
            raise NotAPeriod(f"Choose years from {FIRST_YEAR} to {LAST_YEAR}.")

    @property
    def begin(self) -> datetime:
        return datetime.combine(self.first, time(), UTC)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.last + timedelta(days=1), time(), UTC)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def all_days(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range(self.days)]

    def __str__(self) -> str:
        if self.first == self.last:
            return f"{self.first.isoformat()} (UTC)"
        return f"{self.first.isoformat()} to {self.last.isoformat()} (UTC)"

    @classmethod
    def ending(cls, last: date, days: int) -> "Period":
        """A period of this many days that ends with ``last``."""
        return cls(last - timedelta(days=days - 1), last)

    @classmethod
    def read(cls, first: str, last: str) -> "Period":
        """The period between two dates in ISO 8601 format. Raises NotAPeriod."""
        try:
            return cls(date.fromisoformat(first), date.fromisoformat(last))
        except ValueError as error:
            if isinstance(error, NotAPeriod):
                raise
            raise NotAPeriod("Enter a date like 2026-01-31.") from None
