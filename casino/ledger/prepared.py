"""SQL statements that are prepared once per connection, and called alone or many at once."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Any, NamedTuple

Row = tuple[Any, ...]
Parameters = Mapping[str, Any]

_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_NUMBER = re.compile(rb"\$(\d+)")
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Statement:
    """A named SQL statement whose ``%(name)s`` placeholders are numbered for PostgreSQL."""

    sql: bytes
    parameters: tuple[str, ...]
    name: bytes = field(default_factory=lambda: b"money_%d" % next(_numbers))


def statement(sql: str) -> Statement:
    """Number the placeholders; a name that occurs several times has one number."""
    names: dict[str, int] = {}

    def number(match: re.Match[str]) -> str:
        return f"${names.setdefault(match[1], len(names) + 1)}"

    return Statement(_PLACEHOLDER.sub(number, sql).encode(), tuple(names))


Call = tuple[Statement, Parameters]


class Calls(NamedTuple):
    """Calls of the same statement, as one. ``places``: where each of them was among all calls."""

    call: Call
    places: Sequence[int]

    def put(self, rows: Sequence[Row], found: list[Row | None]) -> None:
        """Put the row of each call at its place."""
        if len(self.places) == 1:
            found[self.places[0]] = rows[0] if rows else None
            return
        for number, *row in rows:
            found[self.places[number - 1]] = tuple(row)


def in_few(calls: Sequence[Call]) -> list[Calls]:
    """Bring together the calls of each statement, which reads at most one row.

    Starting a statement takes PostgreSQL longer than finding its row.
    """
    places_of: dict[object, list[int]] = {}
    for place, (called, _) in enumerate(calls):
        same = called.name if called.parameters else place
        places_of.setdefault(same, []).append(place)
    return [_as_one([calls[place] for place in places], places) for places in places_of.values()]


def _as_one(calls: Sequence[Call], places: Sequence[int]) -> Calls:
    if len(calls) == 1:
        return Calls(calls[0], places)
    called = calls[0][0]
    arrays = {name: [values[name] for _, values in calls] for name in called.parameters}
    return Calls((over_arrays(called), arrays), places)


@cache
def over_arrays(one: Statement) -> Statement:
    """The statement for an array of each parameter; all of them are arrays of text.

    Its rows begin with the number of their call, from 1. OFFSET 0 keeps the plan of the single
    call. PostgreSQL cannot see how long the arrays are, because otherwise it would make a new plan
    for each execution.
    """
    numbers = range(1, len(one.parameters) + 1)
    arrays = b", ".join(b"(SELECT $%d::text[])" % number for number in numbers)
    values = b", ".join(b"value_%d" % number for number in numbers)
    single = _NUMBER.sub(rb"asked.value_\1", one.sql)
    sql = b"""
SELECT asked.number, found.*
FROM unnest(%b) WITH ORDINALITY AS asked (%b, number)
CROSS JOIN LATERAL (%b OFFSET 0) AS found
""" % (arrays, values, single)
    return Statement(sql, one.parameters)
