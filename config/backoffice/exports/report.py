"""A report as data: its title, the definition of its figures, its columns, rows and totals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import NamedTuple

from config.backoffice.money import grouped


class Kind(Enum):
    """What a column contains. All but text and times are aligned to the right."""

    TEXT = "text"
    WHOLE = "whole"
    MONEY = "money"
    SHARE = "share"
    TIME = "time"


class Column(NamedTuple):
    title: str
    kind: Kind = Kind.TEXT
    width: int = 12
    """About how many characters it needs; columns share the available width accordingly."""
    is_change: bool = False
    """All its amounts are changes: a page shows their sign and direction."""
    has_total: bool | None = None
    """Whether ``totals_of`` adds it up. By default it adds up amounts and numbers."""
    is_sortable: bool = True
    is_only_in_files: bool = False
    """A page shows this in another column, such as the currency next to each amount."""


class Money(NamedTuple):
    """An amount in minor units; 10**``exponent`` make one major unit."""

    minor: int
    exponent: int
    code: str
    is_change: bool = False
    """It is a change: a page shows its sign and direction."""

    def __str__(self) -> str:
        return grouped(self.minor, self.exponent)


class Name(NamedTuple):
    """A person's name, and the id to show if a font cannot draw the name."""

    text: str
    public_id: str

    def __str__(self) -> str:
        return self.text or self.public_id


class Share(NamedTuple):
    """A part of a whole, shown as a percentage with two decimals. Empty if the whole is 0."""

    part: int
    whole: int

    @property
    def hundredths(self) -> int | None:
        """Hundredths of a percent, rounded half away from zero."""
        if self.whole <= 0:
            return None
        doubled = abs(self.part) * 20_000 // self.whole
        return ((doubled + 1) // 2) * (1 if self.part >= 0 else -1)

    def __str__(self) -> str:
        return "" if self.hundredths is None else f"{grouped(self.hundredths, 2)} %"


class Multiple(NamedTuple):
    """How many times ``whole`` goes into ``part``. Empty if the whole is 0."""

    part: int
    whole: int

    @property
    def hundredths(self) -> int | None:
        """In hundredths, rounded down: only what reaches a threshold looks as if it does."""
        return self.part * 100 // self.whole if self.whole > 0 else None

    def __str__(self) -> str:
        return "" if self.hundredths is None else f"× {grouped(self.hundredths, 2)}"


class Linked(NamedTuple):
    """A cell that is a link on a page; a file has only the cell."""

    cell: "Cell"
    url: str


class Flag(NamedTuple):
    """A highlighted word. ``tone`` is good, bad, warn or empty."""

    text: str
    tone: str = ""

    def __str__(self) -> str:
        return self.text


Cell = str | int | Money | Name | Share | Multiple | Flag | Linked | datetime | None
Row = Sequence[Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """``rows`` may be long and may be read only once. ``totals`` are separate rows at the end.

    ``definition`` says how each figure is computed, ``filters`` how the report is filtered.
    ``length`` is the number of rows, if it is known although ``rows`` is not a sequence.
    ``is_in_order`` says that the order of the rows matters, so that a page cannot sort them.
    """

    title: str
    name: str
    definition: str
    period: str
    made_at: datetime
    columns: Sequence[Column]
    rows: Iterable[Row]
    totals: Sequence[Row] = ()
    filters: Sequence[tuple[str, Cell]] = ()
    nothing: str = "No activity"
    notes: Sequence[str] = field(default_factory=tuple)
    length: int | None = None
    is_in_order: bool = False

    @property
    def head(self) -> list[tuple[str, Cell]]:
        """The lines above the table."""
        return [
            ("Report", self.title),
            ("Period", self.period),
            *self.filters,
            ("Definition", self.definition),
            *(("Note", note) for note in self.notes),
            ("Generated", written_time(self.made_at)),
        ]


def written_time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def written(cell: Cell) -> str:
    """The text of a cell for people."""
    match cell:
        case None:
            return ""
        case Linked(inner, _):
            return written(inner)
        case datetime():
            return written_time(cell)
        case int():
            return grouped(cell, 0)
        case _:
            return str(cell)


def bare(cell: Cell) -> Cell:
    """The cell without its link."""
    return bare(cell.cell) if isinstance(cell, Linked) else cell


def totals_of(rows: Iterable[Row], columns: Sequence[Column], currency: int) -> list[Row]:
    """One line of sums per currency. ``currency`` is the index of the column with its code.

    If the column of a share wants a total, its parts and its wholes are added up separately.
    """
    sums: dict[str, list[Cell]] = {}
    for row in rows:
        code = str(row[currency])
        line = sums.setdefault(code, ["Total", *[None] * (len(columns) - 1)])
        line[currency] = code
        for number, column in enumerate(columns):
            is_summed = column.kind in (Kind.MONEY, Kind.WHOLE)
            if is_summed if column.has_total is None else column.has_total:
                line[number] = _sum(line[number], bare(row[number]))
    return [sums[code] for code in sorted(sums)]


def _sum(total: Cell, cell: Cell) -> Cell:
    match total, cell:
        case Money(so_far), Money(minor):
            return total._replace(minor=so_far + minor)
        case Share(part, whole), Share(more, of):
            return Share(part + more, whole + of)
        case int(so_far), int(number):
            return so_far + number
        case None, _:
            return cell
        case _:
            return total


def cut_off(most: int) -> str:
    """The last line of a file that does not contain all rows."""
    return f"Cut off after {most:,} rows: there are more. Narrow the period or the filters."
