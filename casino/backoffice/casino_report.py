"""What the casino's reports share: parameters, totals, and notes about their completeness."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, NamedTuple

from django.http import HttpRequest
from django.utils import timezone

from casino.backoffice import asked
from casino.backoffice.addresses import page
from casino.reports import summary
from casino.reports.lists import MOST_LISTED
from casino.reports.period import Period
from casino.reports.play import Narrowed
from config.backoffice.exports import Column, Report, Row, totals_of
from config.backoffice.own_pages import Crumb
from config.backoffice.report_page import Question, ReportPage

VIEW_REPORTS = "casino_reports.view_reports"
_HINTS = {"game": "game id", "provider": "code", "player": "player id"}


class Asked(NamedTuple):
    """The parameters of a report, and how far the summaries reach."""

    period: Period
    narrowed: Narrowed
    reach: summary.Reach


class CasinoReport(ReportPage):
    """A report whose totals are the sums of its rows, per currency.

    ``default_days`` is the default period up to today; None means that the report is about now.
    ``narrows_by`` are the filters after the currency. At most ``most`` rows are listed.
    """

    permissions: ClassVar[tuple[str, ...]] = (VIEW_REPORTS,)
    name: ClassVar[str]
    definition: ClassVar[str]
    columns: ClassVar[tuple[Column, ...]]
    default_days: ClassVar[int | None] = 7
    narrows_by: ClassVar[tuple[str, ...]] = ("game", "player")
    most: ClassVar[int] = MOST_LISTED
    nothing: ClassVar[str] = "No activity"

    def rows(self, request: HttpRequest, wanted: Asked) -> Sequence[Row]:
        """At most ``most`` rows from one state of the ledger. Raises Unanswerable."""
        raise NotImplementedError

    def report(self, request: HttpRequest) -> Report:
        narrowed, filters = self.narrowed(request)
        period = self.period(request)
        with summary.reading() as reach:
            rows = self.rows(request, Asked(period, narrowed, reach))
        currency = [column.title for column in self.columns].index("Currency")
        return Report(
            title=self.title,
            name=self.name,
            definition=self.definition,
            period="Now" if self.default_days is None else str(period),
            filters=filters,
            made_at=timezone.now(),
            columns=self.columns,
            rows=rows,
            totals=totals_of(rows, self.columns, currency),
            nothing=self.nothing,
            notes=(*how_far(reach), *cut_at(len(rows), self.most)),
        )

    def questions(self, request: HttpRequest) -> Iterable[Question]:
        if self.default_days is not None:
            yield from asked.period_questions(request, self.default_days)
        yield asked.currency_question(request)
        for name in self.narrows_by:
            value = request.GET.get(name, "")
            yield Question(name, name.capitalize(), value, hint=_HINTS[name])

    def more(self, request: HttpRequest, report: Report) -> dict[str, Any]:
        may_see_all = request.user.has_perm(VIEW_REPORTS)
        more: dict[str, Any] = {
            "crumbs": [Crumb("Reports", page("reports"))] if may_see_all else []
        }
        if self.default_days is not None:
            more["spans"] = list(asked.spans(request, self.default_days))
        return more

    def period(self, request: HttpRequest) -> Period:
        """Raises Unanswerable."""
        return asked.period_of(request, self.default_days or 1)

    def narrowed(self, request: HttpRequest) -> tuple[Narrowed, list[tuple[str, str]]]:
        """The report's filters, and the same filters in words. Raises Unanswerable."""
        currency = asked.currency_of(request)
        player = asked.player_of(request) if "player" in self.narrows_by else None
        game, provider = (
            request.GET.get(name, "").strip() if name in self.narrows_by else ""
            for name in ("game", "provider")
        )
        narrowed = Narrowed(
            currency=currency.code if currency else None,
            game=game or None,
            provider=provider or None,
            player_pk=player.pk if player else None,
        )
        words = [
            ("Currency", currency.code if currency else ""),
            ("Game", game),
            ("Provider", provider),
            ("Player", player.username if player else ""),
        ]
        return narrowed, [(label, value) for label, value in words if value]


def how_far(reach: summary.Reach) -> tuple[str, ...]:
    """A note if the report does not reach up to now."""
    if reach.is_complete:
        return ()
    until = reach.summarised_at.strftime("%Y-%m-%d %H:%M UTC") if reach.summarised_at else "nothing"
    return (f"The ledger is still being added up: these figures go up to {until}.",)


def cut_at(number: int, most: int) -> tuple[str, ...]:
    """A note if the list does not hold all rows."""
    if number < most:
        return ()
    return (f"Only the first {most:,} are listed and added up. Narrow the period or the filters.",)
