"""A report's table as HTML: one page of its rows, in the requested order."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from itertools import islice
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.backoffice.display import NOTHING, identifier, link, moment, pill
from config.backoffice.exports import (
    Cell,
    Column,
    Flag,
    Kind,
    Linked,
    Money,
    Multiple,
    Name,
    Report,
    Row,
    Share,
)
from config.backoffice.exports.report import bare, written
from config.backoffice.money import money_span

ROWS_ON_A_PAGE = 200

_LONGEST_WORD = 18
SORT = "sort"
_PAGE = "page"


class HtmlCell(NamedTuple):
    label: str
    tone: str
    contents: Any


class Header(NamedTuple):
    """A column's title. ``url`` sorts by it; ``order`` is the current order."""

    title: str
    tone: str
    url: str
    order: str


class Table(NamedTuple):
    """A page of a report: ``number`` of ``pages``, which is None if it is not known."""

    headers: list[Header]
    rows: list[list[HtmlCell]]
    totals: list[list[HtmlCell]]
    first: int
    length: int | None
    number: int
    pages: int | None
    previous_url: str
    next_url: str

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1


def sorted_as_asked(request: HttpRequest, report: Report) -> Report:
    """Sort by the column that ``sort`` names, in descending order after a minus sign."""
    chosen = _sorting(request, report)
    if chosen is None or not isinstance(report.rows, Sequence):
        return report
    column, is_descending = chosen
    known = [row for row in report.rows if _sort_key(row[column]) is not None]
    unknown = [row for row in report.rows if _sort_key(row[column]) is None]
    known.sort(key=lambda row: _sort_key(row[column]), reverse=is_descending)
    return replace(report, rows=[*known, *unknown])


def table(request: HttpRequest, report: Report) -> Table:
    """The page that ``page`` asks for, or the last page. Reads at most one row more."""
    per_page = ROWS_ON_A_PAGE
    length = len(report.rows) if isinstance(report.rows, Sequence) else report.length
    pages = None if length is None else max(-(-length // per_page), 1)
    number = min(_page(request), pages) if pages else _page(request)
    start = (number - 1) * per_page
    rows = list(islice(report.rows, start, start + per_page + 1))
    has_more = len(rows) > per_page
    return Table(
        headers=_headers(request, report),
        rows=[_row(row, report.columns) for row in rows[:per_page]],
        totals=[_row(row, report.columns) for row in report.totals],
        first=start + 1,
        length=length,
        number=number,
        pages=pages,
        previous_url=_url(request, **{_PAGE: number - 1}) if number > 1 else "",
        next_url=_url(request, **{_PAGE: number + 1}) if has_more else "",
    )


def _page(request: HttpRequest) -> int:
    asked = request.GET.get(_PAGE, "")
    is_number = asked.isascii() and asked.isdigit() and len(asked) < 9
    return max(int(asked), 1) if is_number else 1


def _sorting(request: HttpRequest, report: Report) -> tuple[int, bool] | None:
    """The column's index, and whether the order is descending."""
    asked = request.GET.get(SORT, "")
    title = asked.removeprefix("-")
    titles = [column.title for column in report.columns]
    if not _is_sortable(report) or title not in titles:
        return None
    number = titles.index(title)
    return (number, asked != title) if report.columns[number].is_sortable else None


def _is_sortable(report: Report) -> bool:
    return isinstance(report.rows, Sequence) and not report.is_in_order


def _sort_key(cell: Cell) -> Any:
    """The sort key of a cell; None is sorted to the end. Amounts are compared in major units."""
    match bare(cell):
        case Money(minor, exponent):
            return Fraction(minor, 10**exponent)
        case Share(part, whole) | Multiple(part, whole):
            return Fraction(part, whole) if whole > 0 else None
        case (int() | datetime()) as value:
            return value
        case other:
            return written(other).casefold() or None


def _headers(request: HttpRequest, report: Report) -> list[Header]:
    """The first click sorts amounts in descending order, and texts in ascending order."""
    chosen = _sorting(request, report)
    headers = []
    for number, column in enumerate(report.columns):
        if column.is_only_in_files:
            continue
        url = order = ""
        if _is_sortable(report) and column.is_sortable:
            is_descending = column.kind is not Kind.TEXT
            if chosen and chosen[0] == number:
                order = "descending" if chosen[1] else "ascending"
                is_descending = not chosen[1]
            asked = f"-{column.title}" if is_descending else column.title
            url = _url(request, **{SORT: asked, _PAGE: None})
        headers.append(Header(column.title, _tone(column), url, order))
    return headers


def _url(request: HttpRequest, **changed: Any) -> str:
    asked = request.GET.copy()
    for name, value in changed.items():
        asked.pop(name, None)
        if value is not None:
            asked[name] = str(value)
    return f"{request.path}?{asked.urlencode()}"


def _tone(column: Column) -> str:
    return "" if column.kind in (Kind.TEXT, Kind.TIME) else "number"


def _row(row: Row, columns: Sequence[Column]) -> list[HtmlCell]:
    return [
        HtmlCell(
            column.title,
            _tone(column) or _tone_of(cell),
            in_html(cell, is_change=column.is_change),
        )
        for cell, column in zip(row, columns, strict=True)
        if not column.is_only_in_files
    ]


def _tone_of(cell: Cell) -> str:
    """Do not break a single word, such as an id, at its hyphens."""
    words = bare(cell)
    return "word" if isinstance(words, str) and " " not in words else ""


def in_html(cell: Cell, *, is_change: bool = False) -> Any:
    """The HTML of a cell."""
    match cell:
        case Linked(inner, url):
            words: Any = link(url, in_html(inner, is_change=is_change))
        case Money(minor, exponent, code):
            words = money_span(minor, exponent, code, signed=is_change or cell.is_change)
        case Flag(text, tone):
            words = pill(text, tone)
        case Name():
            words = _named(cell)
        case datetime():
            words = moment(cell)
        case str() if len(cell) > _LONGEST_WORD and " " not in cell:
            words = identifier(cell)
        case _:
            words = written(cell) or NOTHING
    return words


def _named(name: Name) -> SafeString | str:
    """Name and id, isolated so that a Hebrew name and a Hebrew id do not run into each other."""
    if not name.text:
        return name.public_id
    return format_html('<bdi>{}</bdi> <bdi class="quiet">{}</bdi>', name.text, name.public_id)
