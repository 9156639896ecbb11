"""Compares the journal with a casino's books: totals, differences by kind, and the safe repair."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from config.backoffice import staff_log
from config.backoffice.checks import verdict, what_it_found
from config.backoffice.display import NOTHING, count, identifier, link, moment, pill
from config.backoffice.models import Check, CheckRun
from config.backoffice.navigation import Link, Place, navigation_source
from config.backoffice.own_pages import OwnPage, own_page
from config.backoffice.panels import Panel
from config.backoffice.report_page import Question
from provider.models import Casino
from provider.reconciliation.report import Result, Row
from provider.reconciliation.run import keep, reconcile
from provider.reconciliation.walk import Window

REPAIR_PERMISSION = "backoffice.repair_differences"
LONGEST_DAYS = 31
"""The longest window of the page; the command takes any length."""

GRACE = timedelta(minutes=2)
_MOST_SHOWN = 200
_MOST_RUNS = 10


@own_page("reconciliation/", "reconciliation")
class ReconciliationPage(OwnPage):
    title = "Reconciliation"
    permissions = ("backoffice.view_checkrun", "provider.view_bet")
    template = "provider/admin/reconciliation.html"
    http_method_names = ["get", "head", "options", "post"]

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._shown(request, None)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Compare, and repair what is safe if that was requested and is allowed."""
        repairs = "repair" in request.POST
        if repairs and not request.user.has_perm(REPAIR_PERMISSION):
            messages.error(request, "You may not repair differences.")
            return self._shown(request, None)
        casino = Casino.objects.filter(code=request.POST.get("casino", "")).first()
        window = _window(request.POST.get("first", ""), request.POST.get("last", ""))
        if casino is None or window is None:
            messages.error(request, f"Choose a casino and up to {LONGEST_DAYS} days.")
            return self._shown(request, None)
        began_at = timezone.now()
        result = reconcile(casino=casino, window=window, repairs=repairs)
        keep(result, began_at=began_at, asked_by=request.user.get_username())
        staff_log.add_details(
            request,
            f"{'Repaired' if repairs else 'Compared'} {casino.code}: {result.tally.compared}",
        )
        return self._shown(request, result)

    def _shown(self, request: HttpRequest, result: Result | None) -> HttpResponse:
        runs = CheckRun.objects.filter(check_kind=Check.RECONCILIATION).order_by("-id")
        context: dict[str, Any] = {}
        if result is not None:
            context = {
                "result": result,
                "agrees": result.tally.agrees and not result.fault,
                "panels": list(_panels(result)),
            }
        return self.page(
            request,
            questions=list(_questions(request)),
            can_repair=request.user.has_perm(REPAIR_PERMISSION),
            runs=_runs(list(runs[:_MOST_RUNS])),
            **context,
        )


def _questions(request: HttpRequest) -> Iterator[Question]:
    today = datetime.now(UTC).date().isoformat()
    codes = [
        (code, code) for code in Casino.objects.order_by("code").values_list("code", flat=True)
    ]
    yield Question("casino", "Casino", request.POST.get("casino", ""), choices=codes)
    yield Question("first", "From", request.POST.get("first", today), "date")
    yield Question("last", "To (UTC)", request.POST.get("last", today), "date")


def _window(first: str, last: str) -> Window | None:
    """Whole days, up to the time after which runs may still be played."""
    try:
        begin = datetime.combine(datetime.fromisoformat(first).date(), time(), UTC)
        last_day = datetime.combine(datetime.fromisoformat(last).date(), time(), UTC)
        end = last_day + timedelta(days=1)
    except (ValueError, OverflowError):  # there is no day after the last one
        return None
    quiet_since = timezone.now() - GRACE
    end = min(end, quiet_since)
    if not timedelta(0) < end - begin <= timedelta(days=LONGEST_DAYS):
        return None
    return Window(begin, end, quiet_since)


def _panels(result: Result) -> Iterator[Panel]:
    """What was compared. Empty tables of a casino that did not answer would read as agreement."""
    if result.tally.compared or not result.fault:
        yield from (_totals(result), _kinds(result), _rows(result))


def _totals(result: Result) -> Panel:
    rows = [
        (currency, side, *(count(amount) for amount in (money.debits, money.credits,
                                                        money.rolled_back, money.net)))
        for currency, pair in sorted(result.tally.money.items())
        for side, money in zip(("journal", "casino"), pair, strict=True)
    ]  # fmt: skip
    headers = ("Currency", "Side", "Bets", "Payouts", "Rolled back", "Net to players")
    return Panel("Totals, in minor units", headers, rows, empty="No activity")


def _kinds(result: Result) -> Panel:
    rows = [
        (kind.value.replace("_", " "), count(number))
        for kind, number in sorted(result.tally.found.items())
    ]
    return Panel("Differences by kind", ("Kind", "How many"), rows, empty="None.")


def _rows(result: Result) -> Panel:
    rows = [_cells(row) for row in islice(result.rows, _MOST_SHOWN)]
    note = "" if len(rows) < _MOST_SHOWN else f"The first {_MOST_SHOWN}; the command writes all."
    headers = ("Kind", "Transaction", "Round", "Here", "There", "Detail", "What to do", "Repaired")
    return Panel("Differences", headers, rows, note, empty="None.")


def _cells(row: Row) -> tuple[Any, ...]:
    tone = "bad" if row.severity == "break" else ""
    repaired: Any = "—" if row.repaired is None else pill("yes", "good")
    if row.repaired is False:
        repaired = row.repair_note
    return (
        pill(row.type.replace("_", " "), tone),
        _searched(row.transaction_id),
        _searched(row.round_id),
        "—" if row.journal_amount is None else count(row.journal_amount),
        "—" if row.casino_amount is None else count(row.casino_amount),
        row.detail,
        row.advice,
        repaired,
    )


def _searched(text: str | None) -> Any:
    """A link that finds the id on either side, whichever has it."""
    found = f"{reverse('admin:search')}?{urlencode({'q': text or ''})}"
    return link(found, identifier(text)) if text else NOTHING


def _runs(runs: list[CheckRun]) -> Panel:
    rows = [
        (
            link(reverse("admin:backoffice_checkrun_change", args=[run.pk]), moment(run.ended_at)),
            run.scope,
            verdict(run),
            count(run.looked_at),
            what_it_found(run),
            run.asked_by or "command line",
        )
        for run in runs
    ]
    headers = ("Ended", "What", "Verdict", "Transactions", "Found", "Asked by")
    return Panel("Latest reconciliations", headers, rows, empty="Nothing has been compared yet.")


@navigation_source
def reconciliation_link(request: HttpRequest) -> Iterator[tuple[Place, Link]]:
    if request.user.has_perms(ReconciliationPage.permissions):
        url = reverse("admin:reconciliation")
        yield ("provider", (0, "rounds")), Link("Reconciliation", url)
