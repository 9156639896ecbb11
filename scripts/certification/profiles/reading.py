"""What a profile reads from an answer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from scripts.certification.outcomes import Outcome

_MOST_DIGITS = 40
"""Longer numbers are no amounts; a wallet must not make the kit compute with them."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. ``fault``: why there is no answer; ``outcome`` then says what is known."""

    status: int | None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    fault: str = ""
    outcome: Outcome = Outcome.CUT

    def header(self, name: str) -> str | None:
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    def telling(self, *names: str) -> str:
        """These headers, as far as there are any, to go on with a sentence about the answer."""
        shown = ((name, self.header(name)) for name in names)
        return "".join(f", {name}: {value:.200}" for name, value in shown if value)


@dataclass(frozen=True, slots=True)
class Reading:
    """``said``: the answer in the wallet's own words. Amounts are in minor units.

    ``redeemable``: the part of the balance that may be withdrawn, if the contract has one.
    ``echoes``: what it repeats of the request, by the kit's names. ``stable``: what must be the
    same in the answer to a repetition; ``written``: the answer itself, if that must be the same to
    the byte. ``moved``: whether it says that money moved. ``returned``: what a rollback says that
    it gave back; ``unknown_bet``: whether it says that its bet is unknown. ``reference``: the
    wallet's own id of the transaction. ``replayed``: whether it says that it is a repetition; None
    if the contract has no way to say so. ``token``: the session's new one. ``faults``: what is
    wrong with the answer itself.
    """

    outcome: Outcome
    said: str
    balance: int | None = None
    redeemable: int | None = None
    echoes: Mapping[str, object] = field(default_factory=dict)
    stable: object = None
    written: bytes = b""
    moved: bool | None = None
    returned: int | None = None
    unknown_bet: bool | None = None
    reference: str = ""
    replayed: bool | None = None
    token: str = ""
    faults: tuple[str, ...] = ()


class Fractional(Decimal):
    """A JSON number with a fraction or an exponent, exact, and shown as JSON writes it."""

    __repr__ = Decimal.__str__


def whole(value: object) -> int | None:
    """The integer that is meant, even where it is written as another type."""
    if type(value) is int:
        return value
    if isinstance(value, Decimal) and value.adjusted() < _MOST_DIGITS:
        return int(value) if value == value.to_integral_value() else None
    is_written = isinstance(value, str) and value.isdecimal() and len(value) <= _MOST_DIGITS
    return int(value) if is_written else None  # type: ignore[call-overload]


def read_json(body: bytes) -> dict[str, Any] | None:
    """The object in ``body``, with fractions as Fractional; None if there is none in UTF-8."""
    try:
        value = json.loads(body.decode(), parse_float=Fractional)
    except (ValueError, ArithmeticError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
