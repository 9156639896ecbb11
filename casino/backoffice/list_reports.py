"""Reports that list single rows: open rounds, void bets, adjustments, large wins."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch
from django.utils import timezone

from casino.backoffice import asked
from casino.backoffice.addresses import in_its_book, page, player_page, round_page
from casino.backoffice.casino_report import Asked, CasinoReport
from casino.backoffice.models import MOST_MULTIPLE, CurrencyPolicy
from casino.models import Currency, Transaction
from casino.reports import definitions, lists
from casino.reports.lists import Listed, OpenRoundLine
from casino.reports.play import Narrowed
from config.backoffice.display import ago, page_url
from config.backoffice.exports import Cell, Column, Kind, Linked, Money, Multiple, Name, Report, Row
from config.backoffice.money import plain
from config.backoffice.own_pages import own_page
from config.backoffice.report_page import Question, Unanswerable

PLAYER_ID = Column("Player id", width=16, is_only_in_files=True)
"""Names need not be unique. A page shows the id next to the name."""


@own_page("reports/open-rounds/", "report_open_rounds")
class OpenRoundsPage(CasinoReport):
    title = "Open rounds"
    name = "open-rounds"
    definition = definitions.OPEN_ROUNDS
    permissions = ("casino.view_transaction",)
    default_days = None
    nothing = "No round is open."
    columns = (
        Column("Open for", width=9, is_sortable=False),
        Column("Opened", Kind.TIME, 20),
        Column("Round", width=24),
        Column("Player", width=16),
        Column("Game", width=14),
        Column("Staked", Kind.MONEY, 14),
        Column("Currency", is_only_in_files=True),
        Column("Source", width=18),
    )

    def more(self, request: HttpRequest, report: Report) -> dict[str, Any]:
        """Links to the provider's queue, which can end rounds, if it is served here too."""
        more = super().more(request, report)
        if request.user.has_perm("provider.view_bet"):
            with suppress(NoReverseMatch):
                more["tools"] = [("The provider’s queue", page("provider_open_rounds"))]
        return more

    def rows(self, request: HttpRequest, wanted: Asked) -> Sequence[Row]:
        now = timezone.now()
        return [
            (
                ago(each.opened_at, now),
                each.opened_at,
                Linked(
                    each.round_id,
                    _round_page(each),
                ),
                Linked(each.player_id, player_page(each.player_pk, each.player_id)),
                each.game_code,
                Money(each.staked, each.exponent, each.currency),
                each.currency,
                each.source,
            )
            for each in lists.open_rounds(reach=wanted.reach, narrowed=wanted.narrowed)
        ]


@own_page("reports/void-bets/", "report_void_bets")
class VoidBetsPage(CasinoReport):
    title = "Void bets"
    name = "void-bets"
    definition = definitions.VOIDED
    columns = (
        Column("Given back", Kind.TIME, 20),
        Column("Player", width=22),
        PLAYER_ID,
        Column("Round", width=24),
        Column("Game", width=14),
        Column("Stake", Kind.MONEY, 14),
        Column("Currency", is_only_in_files=True),
        Column("Rollback id", width=24),
    )

    def rows(self, request: HttpRequest, wanted: Asked) -> Sequence[Row]:
        return [
            (
                _when(each),
                _who(each),
                each.player_id,
                _where(each),
                each.game_code,
                _money(each.amount, each),
                each.currency,
                each.external_id,
            )
            for each in lists.voided_bets(**wanted._asdict())
        ]


@own_page("reports/adjustments/", "report_adjustments")
class AdjustmentsPage(CasinoReport):
    title = "Adjustments"
    name = "adjustments"
    definition = definitions.ADJUSTMENTS
    default_days = 30
    narrows_by = ("player",)
    columns = (
        Column("Booked", Kind.TIME, 20),
        Column("Player", width=22),
        PLAYER_ID,
        Column("Amount", Kind.MONEY, 14, is_change=True),
        Column("Currency", is_only_in_files=True),
        Column("By", width=14),
        Column("Approved by", width=14),
        Column("Reason", width=30),
    )

    def rows(self, request: HttpRequest, wanted: Asked) -> Sequence[Row]:
        return [
            (
                _when(each.posted),
                _who(each.posted),
                each.posted.player_id,
                _money(each.amount, each.posted),
                each.posted.currency,
                each.actor,
                each.approved_by,
                each.reason,
            )
            for each in lists.adjustments(**wanted._asdict())
        ]


@own_page("reports/large-wins/", "report_large_wins")
class LargeWinsPage(CasinoReport):
    """Large wins in one currency. The default thresholds are the currency's policy."""

    title = "Large wins"
    name = "large-wins"
    definition = definitions.LARGE_WINS
    columns = (
        Column("Won", Kind.TIME, 20),
        Column("Player", width=22),
        PLAYER_ID,
        Column("Win", Kind.MONEY, 14),
        # Several wins of a round have the same stakes, so a sum would count these several times.
        Column("Staked", Kind.MONEY, 14, has_total=False),
        Column("Multiple", Kind.SHARE, 10),
        Column("Currency", is_only_in_files=True),
        Column("Game", width=14),
        Column("Round", width=24),
    )

    def questions(self, request: HttpRequest) -> Iterable[Question]:
        """If the thresholds make no sense, they are shown as they were typed."""
        asked_for = request.GET.get
        code, multiple = asked_for("currency", ""), asked_for("multiple", "")
        least: str | None = asked_for("least", "")
        with suppress(Unanswerable):
            currency, least_minor, least_multiple = _thresholds(request)
            code, multiple = currency.code if currency else "", str(least_multiple)
            least = plain(least_minor, currency.exponent) if currency else None
        for question in super().questions(request):
            if question.name == "currency":
                yield asked.currency_question(request, may_be_any=False)._replace(value=code)
            else:
                yield question
        if least is not None:
            yield Question("least", "Win from", least)
        yield Question("multiple", "At least × stakes", multiple)

    def narrowed(self, request: HttpRequest) -> tuple[Narrowed, list[tuple[str, str]]]:
        narrowed, words = super().narrowed(request)
        currency, least, multiple = _thresholds(request)
        if currency is None:
            return narrowed, words
        others = [each for each in words if each[0] != "Currency"]
        return narrowed, [
            ("Currency", currency.code),
            ("Win from", f"{plain(least, currency.exponent)} {currency.code}"),
            ("At least × stakes", str(multiple)),
            *others,
        ]

    def rows(self, request: HttpRequest, wanted: Asked) -> Sequence[Row]:
        currency, least, multiple = _thresholds(request)
        if currency is None:
            return []
        found = lists.large_wins(
            **wanted._asdict(), currency=currency.code, least=least, multiple=multiple
        )
        return [
            (
                _when(each.win),
                _who(each.win),
                each.win.player_id,
                _money(each.win.amount, each.win),
                _money(each.staked, each.win),
                Multiple(each.win.amount, each.staked),
                each.win.currency,
                each.win.game_code,
                _where(each.win),
            )
            for each in found
        ]


def _thresholds(request: HttpRequest) -> tuple[Currency | None, int, int]:
    """Currency, least win in minor units, least multiple of the stakes. Raises Unanswerable."""
    currency = asked.currency_of(request) or _usual_currency()
    if currency is None:
        return None, 1, 0
    policy = CurrencyPolicy.objects.filter(currency=currency).first()
    policy = policy or CurrencyPolicy(currency=currency)
    least = asked.amount_of(request, "least", currency, policy.large_win_from)
    multiple = asked.number_of(request, "multiple", policy.large_win_multiple, MOST_MULTIPLE)
    return currency, least, multiple


def _usual_currency() -> Currency | None:
    """The first currency with a policy, otherwise the first that is money."""
    policy = CurrencyPolicy.objects.select_related("currency").order_by("pk").first()
    if policy is not None:
        return policy.currency
    return Currency.objects.filter(is_asset=False).order_by("code").first()


def _when(each: Listed) -> Cell:
    address = page_url(Transaction, each.transaction_id)
    return Linked(each.booked_at, in_its_book(address, each.player_id))


def _who(each: Listed) -> Cell:
    name = Name(each.player_name, each.player_id)
    return Linked(name, player_page(each.player_pk, each.player_id))


def _where(each: Listed) -> Cell:
    if each.round_id is None:
        return None
    return Linked(each.round_id, _round_page(each))


def _round_page(each: Listed | OpenRoundLine) -> str:
    address = round_page(each.round_id or "", wallet_pk=each.wallet_pk, source=each.source)
    return in_its_book(address, each.player_id)


def _money(minor: int, each: Listed) -> Money:
    return Money(minor, each.exponent, each.currency)
