"""GGR and NGR by day, game, provider, currency, player or hour."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import partial
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from casino.backoffice.addresses import player_page
from casino.backoffice.casino_report import CasinoReport, cut_at, how_far
from casino.models import Game, GameProvider, User
from casino.reports import definitions, summary
from casino.reports.period import Period
from casino.reports.play import By, Played, play
from config.backoffice.charts import Bar, bars
from config.backoffice.display import page_url
from config.backoffice.exports import (
    Cell,
    Column,
    Kind,
    Linked,
    Money,
    Name,
    Report,
    Row,
    Share,
)
from config.backoffice.money import grouped
from config.backoffice.own_pages import own_page
from config.backoffice.report_page import Question, Unanswerable

_COLUMNS = (
    Column("Currency", width=9, is_only_in_files=True),
    Column("Rounds", Kind.WHOLE, 9),
    Column("Bets", Kind.WHOLE, 9),
    Column("Turnover", Kind.MONEY, 16),
    Column("Payouts", Kind.MONEY, 16),
    Column("GGR", Kind.MONEY, 16, is_change=True),
    Column("RTP", Kind.SHARE, 9),
    Column("Bonuses", Kind.MONEY, 12),
    Column("Upward adjustments", Kind.MONEY, 12),
    Column("NGR", Kind.MONEY, 16, is_change=True),
)
_WAYS = (
    (By.DAY, "day"), (By.GAME, "game"), (By.PROVIDER, "provider"), (By.CURRENCY, "currency"),
    (By.PLAYER, "player"), (By.HOUR, "hour"),
)  # fmt: skip
_KINDS = {By.HOUR: Kind.TIME}
_NAMED = (By.PLAYER, By.GAME, By.PROVIDER)
_MOST_BARS = 92


@own_page("reports/ggr/", "report_ggr")
class GgrPage(CasinoReport):
    title = "GGR and NGR"
    template = "casino/backoffice/ggr.html"
    narrows_by = ("game", "provider", "player")
    most = 50_000

    def questions(self, request: HttpRequest) -> Iterable[Question]:
        by = request.GET.get("by", By.DAY.value)
        yield Question("by", "Group by", by, choices=[(way.value, words) for way, words in _WAYS])
        yield from super().questions(request)

    def report(self, request: HttpRequest) -> Report:
        by = _way(request)
        period = self.period(request)
        narrowed, filters = self.narrowed(request)
        if by is By.HOUR and narrowed.player_pk is not None:
            raise Unanswerable("The play of a single player is only kept by day. Choose “day”.")
        with summary.reading() as reach:
            lines = play(by=by, period=period, reach=reach, narrowed=narrowed, most=self.most)
            totals = play(by=By.CURRENCY, period=period, reach=reach, narrowed=narrowed)
        return Report(
            title=f"GGR and NGR by {by.value}",
            name=f"ggr-by-{by.value}",
            definition=f"{definitions.GGR} {definitions.NGR} {definitions.RTP}",
            period=str(period),
            filters=filters,
            made_at=timezone.now(),
            columns=(*_key_columns(by), *_COLUMNS),
            rows=[(key_cell(by, line), *_id_cells(by, line), *_figures(line)) for line in lines],
            totals=[
                ("Total", *([None] if by in _NAMED else []), *_figures(line)) for line in totals
            ],
            notes=(*how_far(reach), *cut_at(len(lines), self.most)),
        )

    def more(self, request: HttpRequest, report: Report) -> dict[str, Any]:
        drawn = []
        period = self.period(request)
        if _way(request) is By.DAY and period.days <= _MOST_BARS:
            drawn = list(_charts(report, period))
        return {**super().more(request, report), "charts": drawn}


def _way(request: HttpRequest) -> By:
    try:
        return By(request.GET.get("by", By.DAY.value))
    except ValueError:
        raise Unanswerable("GGR cannot be grouped this way.") from None


def _key_columns(by: By) -> Iterator[Column]:
    yield Column(by.value.capitalize(), _KINDS.get(by, Kind.TEXT), 22)
    if by in _NAMED:
        yield Column(f"{by.value.capitalize()} id", width=16, is_only_in_files=True)


def _id_cells(by: By, line: Played) -> Row:
    return (str(line.key or ""),) if by in _NAMED else ()


def key_cell(by: By, line: Played) -> Cell:
    """The subject of a line, with a link to its page."""
    match line.key:
        case datetime() as hour:
            return hour
        case date() as day:
            return day.isoformat()
    words: Cell = Name(line.name, str(line.key)) if line.name else str(line.key) or "—"
    model = {By.PLAYER: User, By.GAME: Game, By.PROVIDER: GameProvider}.get(by)
    if model is None or line.key_pk is None:
        return words
    if by is By.PLAYER:
        return Linked(words, player_page(line.key_pk, str(line.key)))
    return Linked(words, page_url(model, line.key_pk))


def _figures(line: Played) -> Row:
    def money(minor: int) -> Money:
        return Money(minor, line.exponent, line.currency)

    return (
        line.currency,
        line.rounds,
        line.bets,
        money(line.turnover),
        money(line.paid),
        money(line.ggr),
        Share(line.paid, line.turnover),
        money(line.bonuses),
        money(line.added),
        money(line.ngr),
    )


def _charts(report: Report, period: Period) -> Iterator[Any]:
    """One chart per currency that was played, with every day of the period."""
    by_currency: dict[str, dict[str, Money]] = {}
    for row in report.rows:
        ggr = row[6]
        assert isinstance(ggr, Money)
        if ggr.minor:
            by_currency.setdefault(ggr.code, {})[_label(row[0])] = ggr
    for currency, found in sorted(by_currency.items()):
        exponent = next(iter(found.values())).exponent
        labels = [_label(day) for day in period.all_days()]
        yield bars(
            title=f"GGR in {currency}",
            bars=[Bar(each, found[each].minor if each in found else 0) for each in labels],
            written=partial(grouped, exponent=exponent),
            unit="GGR",
        )


def _label(day: Any) -> str:
    return (day if isinstance(day, date) else date.fromisoformat(day)).strftime("%d %b")
