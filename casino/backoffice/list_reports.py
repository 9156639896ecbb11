"""Reports that list single things: open rounds, void bets, adjustments, large wins."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from casino.backoffice import asked
from casino.backoffice.addresses import page, round_page
from casino.backoffice.models import CurrencyPolicy
from casino.backoffice.play_reports import PeriodReport, how_far
from casino.models import Currency, Transaction, User
from casino.reports import definitions, lists, summary
from casino.reports.lists import MOST_LISTED, Listed
from config.backoffice.display import ago, page_url
from config.backoffice.exports import Cell, Column, Kind, Linked, Money, Name, Report, Row
from config.backoffice.money import plain
from config.backoffice.own_pages import Crumb, own_page
from config.backoffice.report_page import Question, ReportPage

_MOST_MULTIPLE = 1_000_000


def _listed(number: int) -> tuple[str, ...]:
    """Said where a list ends before everything is told."""
    return (f"Only the first {MOST_LISTED:,} are listed.",) if number >= MOST_LISTED else ()


@own_page("reports/open-rounds/", "report_open_rounds")
class OpenRoundsPage(ReportPage):
    title = "Open rounds"
    permissions = ("casino.view_transaction",)

    def report(self, request: HttpRequest) -> Report:
        now = timezone.now()
        with summary.reading() as reach:
            rounds = lists.open_rounds(reach=reach)
        return Report(
            title=self.title,
            name="open-rounds",
            definition=definitions.OPEN_ROUNDS,
            period=f"Now, {len(rounds):,} rounds",
            made_at=now,
            columns=(
                Column("Open for", width=9),
                Column("Opened", Kind.TIME, 20),
                Column("Round", width=24),
                Column("Player", width=16),
                Column("Game", width=14),
                Column("Staked", Kind.MONEY, 14),
                Column("Currency"),
                Column("Source", width=18),
            ),
            rows=[
                (
                    ago(each.opened_at, now),
                    each.opened_at,
                    Linked(
                        each.round_id,
                        round_page(each.round_id, wallet_pk=each.wallet_pk, source=each.source),
                    ),
                    Linked(each.player_id, page_url(User, each.player_pk)),
                    each.game_code,
                    Money(each.staked, each.exponent, each.currency),
                    each.currency,
                    each.source,
                )
                for each in rounds
            ],
            nothing="No round is open.",
            notes=(*how_far(reach), *_listed(len(rounds))),
        )

    def more(self, request: HttpRequest, report: Report) -> dict[str, Any]:
        return {"crumbs": [Crumb("Reports", page("reports"))]}


def _when(each: Listed) -> Cell:
    return Linked(each.booked_at, page_url(Transaction, each.transaction_id))


def _who(each: Listed) -> Cell:
    return Linked(Name(each.player_name, each.player_id), page_url(User, each.player_pk))


def _where(each: Listed) -> Cell:
    if each.round_id is None:
        return None
    return Linked(
        each.round_id, round_page(each.round_id, wallet_pk=each.wallet_pk, source=each.source)
    )


def _money(minor: int, each: Listed) -> Money:
    return Money(minor, each.exponent, each.currency)


@own_page("reports/void-bets/", "report_void_bets")
class VoidBetsPage(PeriodReport):
    title = "Void bets"

    def report(self, request: HttpRequest) -> Report:
        period = asked.period_of(request, self.default_days)
        with summary.reading() as reach:
            found = lists.voided_bets(period=period, reach=reach)
        return Report(
            title=self.title,
            name="void-bets",
            definition=definitions.VOIDED,
            period=str(period),
            made_at=timezone.now(),
            columns=(
                Column("Given back", Kind.TIME, 20),
                Column("Player", width=22),
                Column("Round", width=24),
                Column("Game", width=14),
                Column("Stake", Kind.MONEY, 14),
                Column("Currency"),
                Column("Rollback id", width=24),
            ),
            rows=[
                (
                    _when(each), _who(each), _where(each), each.game_code,
                    _money(each.amount, each), each.currency, each.external_id,
                )
                for each in found
            ],
            notes=(*how_far(reach), *_listed(len(found))),
        )  # fmt: skip


@own_page("reports/adjustments/", "report_adjustments")
class AdjustmentsPage(PeriodReport):
    title = "Adjustments"
    default_days = 30

    def report(self, request: HttpRequest) -> Report:
        period = asked.period_of(request, self.default_days)
        found = lists.adjustments(period=period)
        return Report(
            title=self.title,
            name="adjustments",
            definition=definitions.ADJUSTMENTS,
            period=str(period),
            made_at=timezone.now(),
            columns=(
                Column("Booked", Kind.TIME, 20),
                Column("Player", width=22),
                Column("Amount", Kind.MONEY, 14, is_change=True),
                Column("Currency"),
                Column("By", width=14),
                Column("Approved by", width=14),
                Column("Reason", width=30),
            ),
            rows=[
                (
                    _when(each.posted), _who(each.posted), _money(each.amount, each.posted),
                    each.posted.currency, each.actor, each.approved_by, each.reason,
                )
                for each in found
            ],
            notes=_listed(len(found)),
        )  # fmt: skip


@own_page("reports/large-wins/", "report_large_wins")
class LargeWinsPage(PeriodReport):
    title = "Large wins"

    def questions(self, request: HttpRequest) -> Iterable[Question]:
        currency, least, multiple = self._asked(request)
        yield from super().questions(request)
        chosen = asked.currency_question(request, may_be_any=False)
        yield chosen._replace(value=currency.code if currency else "")
        if currency is not None:
            yield Question("least", "From", plain(least, currency.exponent))
        yield Question("multiple", "At least × stakes", str(multiple))

    def report(self, request: HttpRequest) -> Report:
        period = asked.period_of(request, self.default_days)
        currency, least, multiple = self._asked(request)
        found = []
        notes: tuple[str, ...] = ()
        if currency is not None:
            with summary.reading() as reach:
                found = lists.large_wins(
                    period=period, reach=reach, currency=currency.code, least=least,
                    multiple=multiple,
                )  # fmt: skip
            notes = how_far(reach)
        return Report(
            title=self.title,
            name="large-wins",
            definition=definitions.LARGE_WINS,
            period=str(period),
            filters=_large_win_filters(currency, least, multiple),
            made_at=timezone.now(),
            columns=(
                Column("Won", Kind.TIME, 20),
                Column("Player", width=22),
                Column("Win", Kind.MONEY, 14),
                Column("Staked", Kind.MONEY, 14),
                Column("Multiple", width=10),
                Column("Currency"),
                Column("Game", width=14),
                Column("Round", width=24),
            ),
            rows=[_large_win_row(each) for each in found],
            notes=(*notes, *_listed(len(found))),
        )

    def _asked(self, request: HttpRequest) -> tuple[Currency | None, int, int]:
        """What is not asked for is the currency's policy."""
        currency = asked.currency_of(request) or Currency.objects.filter(is_asset=False).first()
        if currency is None:
            return None, 1, 0
        policy = CurrencyPolicy.objects.filter(currency=currency).first()
        policy = policy or CurrencyPolicy(currency=currency)
        least = asked.amount_of(request, "least", currency, policy.large_win_from)
        multiple = asked.number_of(request, "multiple", policy.large_win_multiple, _MOST_MULTIPLE)
        return currency, least, multiple


def _large_win_filters(
    currency: Currency | None, least: int, multiple: int
) -> list[tuple[str, str]]:
    if currency is None:
        return []
    return [
        ("Currency", currency.code),
        ("From", f"{plain(least, currency.exponent)} {currency.code}"),
        ("At least × stakes", str(multiple)),
    ]


def _large_win_row(each: lists.LargeWin) -> Row:
    win = each.win
    hundredths = each.multiple_hundredths
    return (
        _when(win),
        _who(win),
        _money(win.amount, win),
        _money(each.staked, win),
        None if hundredths is None else f"× {plain(hundredths, 2)}",
        win.currency,
        win.game_code,
        _where(win),
    )
