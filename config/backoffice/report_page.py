"""A report as a page: what is asked above, the figures below, and the same as a file."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.backoffice import staff_log
from config.backoffice.display import NOTHING, identifier, link, moment, pill
from config.backoffice.exports import (
    FORMATS,
    Cell,
    Column,
    Flag,
    Kind,
    Linked,
    Money,
    Name,
    Report,
    Row,
    export,
)
from config.backoffice.exports.report import written
from config.backoffice.money import money_span
from config.backoffice.own_pages import OwnPage

EXPORT_PERMISSION = "backoffice.export_data"
MOST_SHOWN = 500
"""Rows on a page; a file has more."""

_LONGEST_WORD = 18


class Question(NamedTuple):
    """A field above the report. With choices it is a list to choose from."""

    name: str
    label: str
    value: str
    kind: str = "text"
    choices: Sequence[tuple[str, str]] = ()
    hint: str = ""


class Unanswerable(ValueError):
    """What was asked makes no sense; the message says why, to the person who asked."""


class HtmlCell(NamedTuple):
    label: str
    tone: str
    contents: Any


class Shown(NamedTuple):
    """The rows that a page has, and whether there are more."""

    rows: list[list[HtmlCell]]
    totals: list[list[HtmlCell]]
    is_cut: bool


class ReportPage(OwnPage):
    """``report`` answers what the query string asks; ``questions`` are the fields for asking."""

    template = "admin/report.html"

    def report(self, request: HttpRequest) -> Report:
        raise NotImplementedError

    def questions(self, request: HttpRequest) -> Iterable[Question]:
        return ()

    def more(self, request: HttpRequest, report: Report) -> dict[str, Any]:
        """What else the page shows."""
        return {}

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        try:
            report = self.report(request)
        except Unanswerable as problem:
            return self._unanswered(request, str(problem))
        wanted = request.GET.get("format")
        if wanted is not None:
            return send(request, report, wanted)
        return self.page(
            request,
            title=report.title,
            report=report,
            table=shown(report),
            questions=list(self.questions(request)),
            most=MOST_SHOWN,
            files=file_links(request),
            **self.more(request, report),
        )

    def _unanswered(self, request: HttpRequest, problem: str) -> HttpResponse:
        try:
            questions = list(self.questions(request))
        except Unanswerable:
            questions = []
        return self.page(request, problem=problem, questions=questions, status=400)


def send(request: HttpRequest, report: Report, wanted: str) -> HttpResponseBase:
    """The report as a file, for those who may export; entered with its digest."""
    if not request.user.has_perm(EXPORT_PERMISSION):
        raise PermissionDenied
    if wanted not in FORMATS:
        raise Http404("There is no such format.")
    made = export(report, wanted)
    staff_log.mark_as_export(
        request, f"{report.title}, {report.period}: {made.rows} rows, SHA-256 {made.digest}"
    )
    return made.response


def file_links(request: HttpRequest) -> list[tuple[str, str]]:
    """The same report in each format; nothing for those who may not export."""
    if not request.user.has_perm(EXPORT_PERMISSION):
        return []
    asked = request.GET.copy()
    links = []
    for name, form in FORMATS.items():
        asked["format"] = name
        links.append((form.label, f"{request.path}?{asked.urlencode()}"))
    return links


def shown(report: Report, most: int = MOST_SHOWN) -> Shown:
    """Read the first rows; the rest is for files."""
    rows = list(islice(report.rows, most + 1))
    return Shown(
        [_row(row, report.columns) for row in rows[:most]],
        [_row(row, report.columns) for row in report.totals],
        len(rows) > most,
    )


def _row(row: Row, columns: Sequence[Column]) -> list[HtmlCell]:
    return [
        HtmlCell(
            column.title,
            "" if column.kind in (Kind.TEXT, Kind.TIME) else "number",
            in_html(cell, is_change=column.is_change),
        )
        for cell, column in zip(row, columns, strict=True)
    ]


def in_html(cell: Cell, *, is_change: bool = False) -> Any:
    """A cell as a page shows it."""
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
    if not name.text:
        return name.public_id
    return format_html('{} <span class="quiet">{}</span>', name.text, name.public_id)
