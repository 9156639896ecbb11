"""A report as data: what it is called, what its figures mean, its columns, rows and totals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import NamedTuple

from config.backoffice.money import grouped


class Kind(Enum):
    """What a column holds; all but text stand at the right."""

    TEXT = "text"
    WHOLE = "whole"
    MONEY = "money"
    SHARE = "share"
    TIME = "time"


class Column(NamedTuple):
    title: str
    kind: Kind = Kind.TEXT
    width: int = 12
    """About how many characters it needs, where room is shared out."""
    is_change: bool = False
    """All its amounts moved."""
    has_total: bool | None = None
    """Whether ``totals_of`` adds it up; by itself it adds up amounts and numbers."""
    is_sortable: bool = True
    is_only_in_files: bool = False
    """A page says it in another column, such as the currency next to each amount."""


class Money(NamedTuple):
    """``minor`` units, of which 10**``exponent`` are a major one."""

    minor: int
    exponent: int
    code: str
    is_change: bool = False
    """It moved: a page shows its sign and direction."""

    def __str__(self) -> str:
        return grouped(self.minor, self.exponent)


class Name(NamedTuple):
    """What a person is called, and the id to show where a font cannot draw that."""

    text: str
    public_id: str

    def __str__(self) -> str:
        return self.text or self.public_id


class Share(NamedTuple):
    """A part of a whole, said as a percentage with two decimals; None of nothing."""

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
    """How many times ``whole`` goes into ``part``; None of nothing."""

    part: int
    whole: int

    def __str__(self) -> str:
        return f"× {grouped(self.part * 100 // self.whole, 2)}" if self.whole > 0 else ""


class Linked(NamedTuple):
    """A cell that leads somewhere on a page; a file has the cell alone."""

    cell: "Cell"
    url: str


class Flag(NamedTuple):
    """A word to look at; ``tone`` is good, bad, warn or neither."""

    text: str
    tone: str = ""

    def __str__(self) -> str:
        return self.text


Cell = str | int | Money | Name | Share | Multiple | Flag | Linked | datetime | None
Row = Sequence[Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """``rows`` may be read once only, and may be long. ``totals`` are rows of their own below.

    ``definition`` says how each figure is made; ``filters`` what the report was narrowed to.
    ``length`` is the number of rows where ``rows`` is no sequence and it is known all the same.
    ``is_in_order``: the order of the rows means something, so nobody sorts them.
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
        """What stands above the table."""
        return [
            ("Report", self.title),
            ("Period", self.period),
            *self.filters,
            ("Definition", self.definition),
            *(("Note", note) for note in self.notes),
            ("Made", written_time(self.made_at)),
        ]


def written_time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def written(cell: Cell) -> str:
    """A cell as people read it."""
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
    """Without the link."""
    return bare(cell.cell) if isinstance(cell, Linked) else cell


def totals_of(rows: Iterable[Row], columns: Sequence[Column], currency: int) -> list[Row]:
    """One line of sums per currency; ``currency`` is the number of the column that has its code.

    Shares are added up part by part, where their column asks for a total.
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
    """What the end of a file says that does not hold everything."""
    return f"Cut off after {most:,} rows: there are more. Narrow the period or the filters."
