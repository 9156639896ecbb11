"""Explains a wallet's balance, now or at any earlier instant: opening, by kind, closing."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from django.http import Http404, HttpRequest
from django.utils import timezone

from casino.admin.movements import KINDS
from casino.backoffice.addresses import money_of, page
from casino.ledger.snapshot import snapshot
from casino.models import Transaction, Wallet
from casino.reports import definitions
from casino.reports.balances import Explained, explain
from config.backoffice.charts import Step, waterfall
from config.backoffice.display import list_url, page_url
from config.backoffice.exports import Cell, Column, Kind, Linked, Report, Row
from config.backoffice.money import grouped
from config.backoffice.own_pages import Crumb, own_page
from config.backoffice.report_page import Question, ReportPage, Unanswerable

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(9000, 1, 1, tzinfo=UTC)


@own_page("wallet/<int:wallet_pk>/explain/", "explain")
class ExplainPage(ReportPage):
    title = "Explain this balance"
    permissions = ("casino.view_wallet", "casino.view_transaction")
    template = "casino/backoffice/explain.html"

    def questions(self, request: HttpRequest) -> list[Question]:
        hint = "2026-01-31T12:00:00"
        return [
            Question(name, label, request.GET.get(name, ""), "datetime-local", hint=hint)
            for name, label in (("since", "From (UTC; blank: the beginning)"),
                                ("until", "As of (UTC; blank: now)"))
        ]  # fmt: skip

    def get(self, request: HttpRequest, **kwargs: Any) -> Any:
        self.wallet = _wallet(kwargs["wallet_pk"])
        return super().get(request)

    def report(self, request: HttpRequest) -> Report:
        since, until = _instant(request, "since"), _instant(request, "until")
        if since and until and until < since:
            raise Unanswerable("The period ends before it begins.")
        with snapshot():
            self.wallet.refresh_from_db()
            self.explained = explain(
                wallet_pk=self.wallet.pk, since=since, until=_with_its_second(until)
            )
        return Report(
            title=f"Why the balance of {self.wallet.wallet_id} is what it is",
            name=f"explanation-{self.wallet.wallet_id}",
            definition=definitions.EXPLANATION,
            period=_period(since, until),
            filters=[("Player", self.wallet.user.username)],
            made_at=timezone.now(),
            columns=(
                Column("What", width=24),
                Column("Transactions", Kind.WHOLE),
                Column("Playable", Kind.MONEY, 18),
                Column("Redeemable", Kind.MONEY, 18),
            ),
            rows=list(_rows(self.wallet, self.explained)),
            totals=[_balance_row(self.wallet, "Closing balance", self.explained.closing)],
            notes=_verdict(self.wallet, self.explained, until),
            is_in_order=True,
        )

    def more(self, request: HttpRequest, report: Report) -> dict[str, Any]:
        steps = [Step(KINDS[each.kind], each.playable) for each in self.explained.kinds]
        return {
            "chart": waterfall(
                title=f"From the opening to the closing balance, in {self.wallet.currency_id}",
                opening=self.explained.opening.playable,
                steps=steps,
                closing=self.explained.closing.playable,
                written=partial(grouped, exponent=self.wallet.currency.exponent),
            ),
            "crumbs": [Crumb(self.wallet.wallet_id, page_url(Wallet, self.wallet.pk))],
            "tools": [
                ("Statement", page("statement", wallet=self.wallet.wallet_id)),
                ("Check every invariant", page_url(Wallet, self.wallet.pk, "check")),
            ],
        }


def _wallet(pk: int) -> Wallet:
    found = Wallet.objects.select_related("user", "currency").filter(pk=pk).first()
    if found is None:
        raise Http404("There is no such wallet.")
    return found


def _instant(request: HttpRequest, name: str) -> datetime | None:
    """A time from a form field, in UTC. Raises Unanswerable."""
    typed = request.GET.get(name, "").strip()
    if not typed:
        return None
    try:
        at = datetime.fromisoformat(typed)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unanswerable("Enter a time like 2026-01-31T12:00:00.") from None
    if at < _EARLIEST:
        raise Unanswerable("There is no data from that long ago.")
    return at


def _with_its_second(until: datetime | None) -> datetime | None:
    """Pages show whole seconds, so a whole second includes what was booked within it."""
    if until is None or until.microsecond or until > _LATEST:
        return until
    return until + timedelta(seconds=1)


def _period(since: datetime | None, until: datetime | None) -> str:
    form = "%Y-%m-%d %H:%M:%S UTC"
    begin = since.strftime(form) if since else "the beginning"
    return f"From {begin} to {until.strftime(form) if until else 'now'}"


def _rows(wallet: Wallet, explained: Explained) -> list[Row]:
    numbers = f"{explained.after}-{explained.upto}"
    rows: list[Row] = [_balance_row(wallet, "Opening balance", explained.opening)]
    for each in explained.kinds:
        url = list_url(Transaction, wallet=wallet.pk, kind=each.kind, numbers=numbers)
        rows.append(
            (
                Linked(KINDS[each.kind], url),
                each.transactions,
                money_of(each.playable, wallet.currency, is_change=True),
                money_of(each.redeemable, wallet.currency, is_change=True),
            )
        )
    return rows


def _balance_row(wallet: Wallet, words: str, balance: Any) -> tuple[Cell, ...]:
    return (
        words,
        None,
        money_of(balance.playable, wallet.currency),
        money_of(balance.redeemable, wallet.currency),
    )


def _verdict(wallet: Wallet, explained: Explained, until: datetime | None) -> tuple[str, ...]:
    if not explained.adds_up:
        return ("✗ The entries do not add up to the closing balance.",)
    held = (wallet.playable_balance, wallet.redeemable_balance)
    if until is None and held != tuple(explained.closing):
        return ("✗ The wallet does not hold what its last transaction left.",)
    return ("✓ The entries add up to the balance.",)
