"""A report as a page: parameters at the top, figures below, and links to the report as a file."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from config.backoffice import staff_log
from config.backoffice.exports import FORMATS, Report, export
from config.backoffice.own_pages import OwnPage
from config.backoffice.reading import reads_replica
from config.backoffice.report_table import SORT, sorted_as_asked, table
from config.postgres import replica

EXPORT_PERMISSION = "backoffice.export_data"


class Question(NamedTuple):
    """A field above the report. With ``choices`` it is a drop-down list."""

    name: str
    label: str
    value: str
    kind: str = "text"
    choices: Sequence[tuple[str, str]] = ()
    hint: str = ""


class Unanswerable(ValueError):
    """The parameters are invalid. The message tells the user why."""


class ReportPage(OwnPage):
    """``report`` makes the report for a query string; ``questions`` are the fields of the form."""

    template = "admin/report.html"

    def report(self, request: HttpRequest) -> Report:
        raise NotImplementedError

    def questions(self, request: HttpRequest) -> Iterable[Question]:
        return ()

    def more(self, request: HttpRequest, report: Report) -> dict[str, Any]:
        """Further context for the template."""
        return {}

    @reads_replica
    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        try:
            report = sorted_as_asked(request, with_source(self.report(request)))
        except Unanswerable as problem:
            return self._unanswered(request, str(problem))
        wanted = request.GET.get("format")
        if wanted is not None:
            return send(request, report, wanted)
        return self.page(
            request,
            title=report.title,
            report=report,
            table=table(request, report),
            questions=_with_order(request, self.questions(request)),
            files=file_links(request),
            **self.more(request, report),
        )

    def _unanswered(self, request: HttpRequest, problem: str) -> HttpResponse:
        try:
            questions = list(self.questions(request))
        except Unanswerable:
            questions = []
        return self.page(request, problem=problem, questions=questions, status=400)


def _with_order(request: HttpRequest, questions: Iterable[Question]) -> list[Question]:
    """Other answers are shown in the order that was chosen for these."""
    asked, order = list(questions), request.GET.get(SORT)
    return [*asked, Question(SORT, "", order, kind="hidden")] if asked and order else asked


def with_source(report: Report) -> Report:
    """The report with a note on where its figures come from, if there is a replica."""
    source = replica.current()
    if source is None:
        return report
    return replace(report, notes=(*report.notes, f"Read from the {source}."))


def send(request: HttpRequest, report: Report, wanted: str) -> HttpResponseBase:
    """Send the report as a file if the user may export. Its digest is logged."""
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
    """Links to the same report in each format; empty if the user may not export."""
    if not request.user.has_perm(EXPORT_PERMISSION):
        return []
    asked = request.GET.copy()
    asked.pop("page", None)
    links = []
    for name, form in FORMATS.items():
        asked["format"] = name
        links.append((form.label, f"{request.path}?{asked.urlencode()}"))
    return links
