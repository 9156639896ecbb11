"""GGR and NGR by day, game, provider, currency or player; who won most; RTP against theory."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import partial
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from casino.backoffice import asked
from casino.backoffice.addresses import page
from casino.models import Game, GameProvider, User
from casino.reports import definitions, rtp, summary
from casino.reports.period import Period
from casino.reports.play import By, Narrowed, Played, play
from config.backoffice.charts import Bar, bars
from config.backoffice.display import page_url
from config.backoffice.exports import (
    Cell,
    Column,
    Flag,
    Kind,
    Linked,
    Money,
    Name,
    Report,
    Row,
    Share,
)
from config.backoffice.money import grouped
from config.backoffice.own_pages import Crumb, own_page
from config.backoffice.report_page import Question, ReportPage, Unanswerable

VIEW_REPORTS = "casino_reports.view_reports"
_COLUMNS = (
    Column("Currency", width=9),
    Column("Rounds", Kind.WHOLE, 9),
    Column("Bets", Kind.WHOLE, 9),
    Column("Turnover", Kind.MONEY, 16),
    Column("Payouts", Kind.MONEY, 16),
    Column("GGR", Kind.MONEY, 16, is_change=True),
    Column("RTP", Kind.SHARE, 9),
    Column("Bonuses", Kind.MONEY, 12),
    Column("Adjusted in favour", Kind.MONEY, 12),
    Column("NGR", Kind.MONEY, 16, is_change=True),
)
_WAYS = (
    (By.DAY, "day"), (By.GAME, "game"), (By.PROVIDER, "provider"), (By.CURRENCY, "currency"),
    (By.PLAYER, "player"), (By.HOUR, "hour"),
)  # fmt: skip


def how_far(reach: summary.Reach) -> tuple[str, ...]:
    """Said where the answer does not go up to now."""
    if reach.is_complete:
        return ()
    until = reach.summarised_at.strftime("%Y-%m-%d %H:%M UTC") if reach.summarised_at else "nothing"
    return (f"The ledger is still being added up: these figures go up to {until}.",)


class PeriodReport(ReportPage):
    """A report about days; ``default_days`` of them up to today where none are asked for."""

    permissions = (VIEW_REPORTS,)
    default_days = 7

    def questions(self, request: HttpRequest) -> Iterable[Question]:
        return asked.period_questions(request, self.default_days)

    def more(self, request: HttpRequest, report: Report) -> dict[str, Any]:
        return {
            "spans": list(asked.spans(request, self.default_days)),
            "crumbs": [Crumb("Reports", page("reports"))],
        }


@own_page("reports/ggr/", "report_ggr")
class GgrPage(PeriodReport):
    title = "GGR and NGR"

    def questions(self, request: HttpRequest) -> Iterable[Question]:
        by = request.GET.get("by", By.DAY.value)
        yield Question("by", "By", by, choices=[(way.value, words) for way, words in _WAYS])
        yield from super().questions(request)
        yield asked.currency_question(request)
        yield Question("game", "Game", request.GET.get("game", ""), hint="game id")
        yield Question("provider", "Provider", request.GET.get("provider", ""), hint="code")
        yield Question("player", "Player", request.GET.get("player", ""), hint="player id")

    def report(self, request: HttpRequest) -> Report:
        by = _way(request)
        period = asked.period_of(request, self.default_days)
        narrowed, filters = _narrowed(request)
        if by is By.HOUR and narrowed.player_pk is not None:
            raise Unanswerable("The play of one player is kept by days. Ask by day.")
        with summary.reading() as reach:
            lines = play(by=by, period=period, reach=reach, narrowed=narrowed)
            totals = play(by=By.CURRENCY, period=period, reach=reach, narrowed=narrowed)
        return Report(
            title=f"GGR and NGR by {by.value}",
            name=f"ggr-by-{by.value}",
            definition=f"{definitions.GGR} {definitions.NGR} {definitions.RTP}",
            period=str(period),
            filters=filters,
            made_at=timezone.now(),
            columns=(Column(by.value.capitalize(), _KINDS.get(by, Kind.TEXT), 22), *_COLUMNS),
            rows=[(_key(by, line), *_figures(line)) for line in lines],
            totals=[("Total", *_figures(line)) for line in totals],
            notes=how_far(reach),
        )

    def more(self, request: HttpRequest, report: Report) -> dict[str, Any]:
        drawn = []
        period = asked.period_of(request, self.default_days)
        if _way(request) is By.DAY and period.days <= _MOST_BARS:
            drawn = list(_charts(report, period))
        return {**super().more(request, report), "charts": drawn}

    template = "casino/backoffice/ggr.html"


_KINDS = {By.HOUR: Kind.TIME}
_MOST_BARS = 92


def _way(request: HttpRequest) -> By:
    try:
        return By(request.GET.get("by", By.DAY.value))
    except ValueError:
        raise Unanswerable("There is no such division.") from None


def _narrowed(request: HttpRequest) -> tuple[Narrowed, list[tuple[str, str]]]:
    currency, player = asked.currency_of(request), asked.player_of(request)
    game, provider = (request.GET.get(name, "").strip() for name in ("game", "provider"))
    narrowed = Narrowed(
        currency=currency.code if currency else None,
        game=game or None,
        provider=provider or None,
        player_pk=player.pk if player else None,
    )
    filters = [
        ("Currency", currency.code if currency else ""),
        ("Game", game),
        ("Provider", provider),
        ("Player", player.username if player else ""),
    ]
    return narrowed, [(label, value) for label, value in filters if value]


def _key(by: By, line: Played) -> Cell:
    match line.key:
        case datetime() as hour:
            return hour
        case date() as day:
            return day.isoformat()
    words: Cell = Name(line.name, str(line.key)) if line.name else str(line.key) or "—"
    model = {By.PLAYER: User, By.GAME: Game, By.PROVIDER: GameProvider}.get(by)
    if model is None or line.key_pk is None:
        return words
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
    """One for each currency, with every day of the period."""
    by_currency: dict[str, dict[str, Money]] = {}
    for row in report.rows:
        ggr = row[6]
        assert isinstance(ggr, Money)
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


@own_page("reports/winners/", "report_winners")
class WinnersPage(PeriodReport):
    title = "Who won most"
    default_days = 1

    def questions(self, request: HttpRequest) -> Iterable[Question]:
        yield from super().questions(request)
        yield asked.currency_question(request)

    def report(self, request: HttpRequest) -> Report:
        period = asked.period_of(request, self.default_days)
        currency = asked.currency_of(request)
        narrowed = Narrowed(currency=currency.code if currency else None)
        with summary.reading() as reach:
            lines = play(
                by=By.PLAYER, period=period, reach=reach, narrowed=narrowed, order="result",
                most=1_000,
            )  # fmt: skip
        return Report(
            title=self.title,
            name="winners",
            definition=definitions.WINNERS,
            period=str(period),
            made_at=timezone.now(),
            columns=(
                Column("Player", width=22),
                Column("Currency"),
                Column("Net result", Kind.MONEY, 16, is_change=True),
                Column("Turnover", Kind.MONEY, 16),
                Column("Payouts", Kind.MONEY, 16),
                Column("Rounds", Kind.WHOLE),
            ),
            rows=[
                (
                    _key(By.PLAYER, line),
                    line.currency,
                    Money(line.result, line.exponent, line.currency),
                    Money(line.turnover, line.exponent, line.currency),
                    Money(line.paid, line.exponent, line.currency),
                    line.rounds,
                )
                for line in lines
            ],
            notes=how_far(reach),
        )


@own_page("reports/rtp/", "report_rtp")
class RtpPage(PeriodReport):
    title = "RTP against theory"
    default_days = 30

    def report(self, request: HttpRequest) -> Report:
        period = asked.period_of(request, self.default_days)
        with summary.reading() as reach:
            games = rtp.returns(period=period, reach=reach)
        return Report(
            title=self.title,
            name="rtp",
            definition=definitions.RTP_WATCH,
            period=str(period),
            made_at=timezone.now(),
            columns=(
                Column("Game", width=22),
                Column("Currency"),
                Column("Bets", Kind.WHOLE),
                Column("Turnover", Kind.MONEY, 16),
                Column("RTP", Kind.SHARE),
                Column("Declared", Kind.SHARE),
                Column("Band", width=20),
                Column("Paid beyond promise", Kind.MONEY, 16, is_change=True),
                Column("Verdict", width=14),
            ),
            rows=[_return_row(game) for game in games],
            notes=how_far(reach),
        )


def _return_row(game: rtp.GameReturn) -> Row:
    name: Cell = Name(game.game_name, game.game_code or "—")
    if game.game_pk is not None:
        name = Linked(name, page_url(Game, game.game_pk))
    beyond = game.more_paid_than_promised
    return (
        name,
        game.currency,
        game.bets,
        Money(game.turnover, game.exponent, game.currency),
        Share(game.paid, game.turnover),
        _percent(game.band.expected) if game.band else None,
        f"{_percent(game.band.low)} – {_percent(game.band.high)}" if game.band else None,
        None if beyond is None else Money(beyond, game.exponent, game.currency),
        _verdict(game),
    )


def _percent(share: float) -> Share:
    return Share(round(share * 1_000_000), 1_000_000)


def _verdict(game: rtp.GameReturn) -> Cell:
    if game.band is None:
        return "nothing declared"
    return Flag("outside", "bad") if game.is_outside else Flag("inside", "good")
