"""The casino's part of the front page: today's figures, what needs attention, who won most."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.utils import timezone

from casino.backoffice.addresses import page, player_page
from casino.backoffice.asked import period_query, today
from casino.backoffice.models import AdjustmentProposal, ProposalStatus
from casino.models import Game, User
from casino.reports import summary
from casino.reports.lists import open_rounds
from casino.reports.period import Period
from casino.reports.play import By, Played, active_players, play
from casino.reports.summary import Reach
from config.backoffice.charts import Bar, bars
from config.backoffice.checks import last_run
from config.backoffice.dashboard import Attention, Card, card_source
from config.backoffice.display import ago, link, list_url, page_url
from config.backoffice.exports import Share
from config.backoffice.models import Check
from config.backoffice.money import grouped, money_span
from config.web.metrics import refusals

SPANS = ((1, "Today"), (7, "7 days"), (30, "30 days"))
_TOP = 5
_MOST_OPEN = 1_000
_OLD_ROUND = timedelta(minutes=10)
_MOST_REFUSALS = 5
_AUDIT_IS_OLD = timedelta(days=2)


class Figure(NamedTuple):
    """One number, and the rows behind it."""

    label: str
    value: Any
    url: str


class CurrencyFigures(NamedTuple):
    """The figures of one currency."""

    currency: str
    figures: list[Figure]
    chart: Any


@card_source
def how_it_went(request: HttpRequest) -> Iterator[Card]:
    if not request.user.has_perm("casino_reports.view_reports"):
        return
    days = _days(request)
    period = Period.ending(today(), days)
    summary.catch_up_if_due(now=timezone.now())
    with summary.reading() as reach:
        currencies = list(_currencies(period, reach))
        winners = play(by=By.PLAYER, period=period, reach=reach, order="result", most=_TOP)
        games = play(by=By.GAME, period=period, reach=reach, order="turnover", most=_TOP)
    asked = period_query(period)
    yield Card(
        20,
        "casino/backoffice/card_figures.html",
        {
            "spans": [
                {"label": label, "url": f"?days={number}", "is_current": number == days}
                for number, label in SPANS
            ],
            "period": period,
            "currencies": currencies,
            "as_of": None if reach.is_complete else reach.summarised_at,
        },
    )
    yield Card(
        30,
        "casino/backoffice/card_tops.html",
        {
            "winners": [
                _top(line, User, line.result, signed=True) for line in winners if line.result > 0
            ],
            "winners_url": f"{page('report_winners')}?{asked}",
            "games": [_top(line, Game, line.ggr, signed=True) for line in games if line.is_play],
            "games_url": f"{page('report_ggr', by='game')}&{asked}",
        },
    )


def _days(request: HttpRequest) -> int:
    asked = request.GET.get("days", "1")
    return next((number for number, _ in SPANS if str(number) == asked), 1)


def _currencies(period: Period, reach: Reach) -> Iterator[CurrencyFigures]:
    lines = play(by=By.CURRENCY, period=period, reach=reach)
    played = [line for line in lines if line.is_play]
    totals = sorted(played, key=lambda line: -line.rounds)
    by = By.HOUR if period.days == 1 else By.DAY
    over_time = play(by=by, period=period, reach=reach) if totals else []
    players = active_players(period=period, reach=reach) if totals else {}
    for total in totals:
        own = {line.key: line for line in over_time if line.currency == total.currency}
        yield CurrencyFigures(
            total.currency,
            list(_figures(total, players.get(total.currency, 0), period)),
            _chart(total, own, period),
        )


def _figures(total: Played, players: int, period: Period) -> Iterator[Figure]:
    def money(minor: int, *, signed: bool = False) -> Any:
        return money_span(minor, total.exponent, total.currency, signed=signed)

    asked = period_query(period, currency=total.currency)
    ggr = f"{page('report_ggr')}?{asked}"
    yield Figure("GGR", money(total.ggr, signed=True), f"{ggr}&by=day")
    yield Figure("Turnover", money(total.turnover), f"{ggr}&by=game")
    yield Figure(
        "Payouts", money(total.paid), f"{page('report_large_wins')}?{asked}&least=0&multiple=0"
    )
    rtp = str(Share(total.paid, total.turnover)) or "—"
    yield Figure("RTP", rtp, f"{page('report_rtp')}?{asked}")
    yield Figure("Rounds", f"{total.rounds:,}", f"{ggr}&by=hour")
    yield Figure("Active players", f"{players:,}", f"{page('report_winners')}?{asked}")


def _chart(total: Played, own: dict[Any, Played], period: Period) -> Any:
    points: list[tuple[Any, str]]
    if period.days == 1:
        begin = period.begin
        hours = [begin + timedelta(hours=number) for number in range(24)]
        points = [(hour, hour.strftime("%H:00")) for hour in hours]
    else:
        points = [(day, day.strftime("%d %b")) for day in period.all_days()]
    return bars(
        title=f"GGR in {total.currency} by {'hour' if period.days == 1 else 'day'}",
        bars=[Bar(label, own[key].ggr if key in own else 0) for key, label in points],
        written=partial(grouped, exponent=total.exponent),
        unit="GGR",
    )


def _top(line: Played, model: Any, minor: int, *, signed: bool) -> tuple[Any, Any]:
    words = line.name or line.key or "—"
    if line.key_pk is None:
        shown = words
    elif model is User:
        shown = link(player_page(line.key_pk, line.key), words)
    else:
        shown = link(page_url(model, line.key_pk), words)
    return shown, money_span(minor, line.exponent, line.currency, signed=signed)


@card_source
def what_needs_attention(request: HttpRequest) -> Iterator[Card]:
    lines = list(_attention(request))
    if lines:
        contents = {"title": "Needs attention", "lines": lines}
        yield Card(10, "admin/card_attention.html", contents)


def _attention(request: HttpRequest) -> Iterator[Attention]:
    now = timezone.now()
    if request.user.has_perm("casino.view_transaction"):
        yield from _open_rounds(now)
        yield from _refused()
    if request.user.has_perm("casino_backoffice.view_adjustmentproposal"):
        waiting = AdjustmentProposal.objects.filter(
            status=ProposalStatus.PENDING, expires_at__gt=now
        ).count()
        if waiting:
            url = list_url(AdjustmentProposal)
            yield Attention("Adjustments waiting for a second person", f"{waiting:,}", url, "warn")
    if request.user.has_perm("backoffice.view_checkrun"):
        yield last_run(Check.AUDIT, now=now, old_after=_AUDIT_IS_OLD)


def _open_rounds(now: datetime) -> Iterator[Attention]:
    with summary.reading() as reach:
        rounds = open_rounds(reach=reach, most=_MOST_OPEN)
    url = page("report_open_rounds")
    if not rounds:
        yield Attention("Open rounds", "none", url, "good")
        return
    old = [each for each in rounds if now - each.opened_at > _OLD_ROUND]
    number = f"{len(rounds):,}" if len(rounds) < _MOST_OPEN else f"{_MOST_OPEN:,} or more"
    said = f"{number}, the oldest open for {ago(rounds[0].opened_at, now)}"
    yield Attention("Open rounds", said, url, "bad" if old else "")


def _refused() -> Iterator[Attention]:
    """Requests refused since the server started. They are not in the ledger."""
    found = refusals()[:_MOST_REFUSALS]
    if not found:
        yield Attention("Requests refused since the server started", "none", "", "good")
    for endpoint, code, number in found:
        said = f"Refused since the server started: {endpoint}, {code}"
        yield Attention(said, f"{number:,}", "", "")
