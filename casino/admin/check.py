"""Checks one wallet against its ledger: the sums and every invariant. It only reads."""

from collections.abc import Sequence
from contextlib import closing
from itertools import islice
from typing import Any

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from casino.admin.display import money
from casino.admin.movements import KINDS
from casino.admin.wallet_page import WalletPage
from casino.ledger.audit import INVARIANTS, Break, breaks
from casino.ledger.explanation import Explanation, explain
from casino.models import Currency, Transaction, Wallet
from config.backoffice import Panel
from config.backoffice.display import NOTHING, link, list_url, page_url, pill

WALKED_AT_MOST = 100_000
"""The most transactions that a page can walk while somebody waits."""

_MOST_BREAKS = 100
_QUERY_CANCELED = "57014"


class CheckPage(WalletPage):
    template = "admin/casino/wallet_check.html"
    title = "Check the ledger"
    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest, object_id: str) -> HttpResponse:
        found: Sequence[Break] | None = None
        panels = []
        if self.wallet.version <= WALKED_AT_MOST:
            try:
                panels.append(explanation_panel(self.wallet))
                found = _breaks_of(self.wallet)
            except OperationalError as error:
                if getattr(error.__cause__, "sqlstate", None) != _QUERY_CANCELED:
                    raise
        if found is None:
            verdict = _verdict(
                "bad",
                f"Not checked: {self.wallet.version} transactions are too many for a page. "
                "Run manage.py audit_ledger, which has no limit.",
            )
        else:
            panels.append(_breaks_panel(found))
            verdict = (
                _verdict("bad", f"✗ {len(found)} rows break an invariant")
                if found
                else _verdict("good", "✓ Every invariant holds")
            )
        return self.page(
            request, verdict=verdict, panels=panels, invariants=INVARIANTS if found == [] else ()
        )


def _breaks_of(wallet: Wallet) -> list[Break]:
    with closing(breaks(wallet_pks=[wallet.pk])) as found:
        return list(islice(found, _MOST_BREAKS))


def _breaks_panel(found: Sequence[Break]) -> Panel:
    rows = [(broken.invariant, broken.table, _row_link(broken), broken.detail) for broken in found]
    return Panel("Rows that break an invariant", ("Invariant", "Table", "Row", "Fault"), rows)


def _row_link(broken: Break) -> str | SafeString:
    if broken.table == Transaction._meta.db_table:
        return link(page_url(Transaction, broken.row), broken.row)
    return broken.row


def explanation_panel(wallet: Wallet) -> Panel:
    """What the balance is made of, and whether the parts add up to it."""
    explanation = explain(wallet_pk=wallet.pk)
    currency = wallet.currency
    rows: list[tuple[Any, ...]] = [
        (
            link(list_url(Transaction, wallet=wallet.pk, kind=line.kind), pill(KINDS[line.kind])),
            line.transactions,
            money(line.playable, currency, signed=True),
            money(line.redeemable, currency, signed=True),
        )
        for line in explanation.lines
    ]
    total, balance = explanation.total, explanation.balance
    rows += [
        _sum_row("Sum of the entries", total.playable, total.redeemable, currency),
        _sum_row("Balance", balance.playable, balance.redeemable, currency),
    ]
    headers = ("Kind", "Transactions", "Playable", "Redeemable")
    return Panel("Why the balance is what it is", headers, rows, _adds_up(explanation))


def _sum_row(
    label: str, playable: int, redeemable: int, currency: Currency
) -> tuple[SafeString, str, SafeString, SafeString]:
    return (
        format_html("<strong>{}</strong>", label),
        NOTHING,
        money(playable, currency),
        money(redeemable, currency),
    )


def _adds_up(explanation: Explanation) -> SafeString:
    if explanation.adds_up:
        return _verdict("good", "✓ The entries add up to the balance")
    return _verdict("bad", "✗ The entries do not add up to the balance")


def _verdict(tone: str, text: str) -> SafeString:
    return format_html('<span class="verdict {}">{}</span>', tone, text)
