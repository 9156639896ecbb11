"""A pay table states its odds exactly, and the same seed always draws the same line. Pure.

Nothing here is random. For a random draw, the caller passes a seed that nobody can guess.
"""

import hmac
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

MOST_SYMBOLS = 5


class PayTableError(ValueError):
    """The pay table is invalid; the message tells its author why."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that can be drawn. ``pays_hundredths`` is in hundredths of the stake."""

    show: tuple[str, ...]
    weight: int
    pays_hundredths: int

    def payout_minor(self, stake_minor: int) -> int:
        """The payout on a stake, rounded down to a minor unit in the house's favour."""
        return stake_minor * self.pays_hundredths // 100


@dataclass(frozen=True, slots=True)
class PayTable:
    lines: tuple[Line, ...]

    @classmethod
    def parse(cls, raw: Any) -> "PayTable":
        """Read ``[{"show": ["seven"], "weight": 1, "pays": 500}, …]``.

        Raises:
            PayTableError: it has another form, or it has no line that can be drawn.
        """
        if not isinstance(raw, list) or not raw:
            raise PayTableError("must be a list of at least one line")
        return cls(tuple(_line(number, entry) for number, entry in enumerate(raw, start=1)))

    @property
    def tickets(self) -> int:
        return sum(line.weight for line in self.lines)

    @property
    def return_to_player(self) -> Fraction:
        """The share of all stakes that is paid back in the long run. Exact for multiples of 100."""
        paid_hundredths = sum(line.weight * line.pays_hundredths for line in self.lines)
        return Fraction(paid_hundredths, 100 * self.tickets)

    @property
    def symbols(self) -> tuple[str, ...]:
        """Each symbol once, in the order of the table."""
        return tuple(dict.fromkeys(symbol for line in self.lines for symbol in line.show))

    def line_of(self, ticket: int) -> Line:
        """The line that holds ``ticket``, 0 … ``tickets`` - 1."""
        if ticket < 0:
            raise ValueError("tickets start at 0")
        for line in self.lines:
            if ticket < line.weight:
                return line
            ticket -= line.weight
        raise ValueError("there are fewer tickets than that")

    def draw(self, *, seed: bytes, number: int = 1) -> Line:
        """The line that ``seed`` draws the ``number``-th time."""
        digest = hmac.digest(seed, str(number).encode(), "sha256")
        # 256 bits over a few thousand tickets: the remainder favours a line by less than 2**-240.
        return self.line_of(int.from_bytes(digest) % self.tickets)


def _line(number: int, entry: Any) -> Line:
    if not isinstance(entry, dict):
        raise PayTableError(f"line {number}: must be an object")
    weight, pays = entry.get("weight"), entry.get("pays")
    if type(weight) is not int or weight < 1:
        raise PayTableError(f"line {number}: weight must be an integer over 0")
    if type(pays) is not int or pays < 0:
        raise PayTableError(f"line {number}: pays must be an integer of at least 0")
    return Line(_symbols(number, entry.get("show")), weight, pays)


def _symbols(number: int, show: Any) -> tuple[str, ...]:
    if not isinstance(show, list) or not 1 <= len(show) <= MOST_SYMBOLS:
        raise PayTableError(f"line {number}: show must list 1 to {MOST_SYMBOLS} symbols")
    if not all(isinstance(symbol, str) and symbol for symbol in show):
        raise PayTableError(f"line {number}: symbols are named by text")
    return tuple(show)
