"""Pages for transactions, with links between them. They are never written here."""

import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from casino.admin import movements, search
from casino.admin.display import held, in_hex, money, stored_json, wallet_link
from casino.admin.filters import (
    AmountFilter,
    DaysFilter,
    ExternalSessionFilter,
    KindFilter,
    NumbersFilter,
    PlayersWalletsFilter,
    PostedFilter,
    RoundFilter,
    SessionFilter,
    SourceFilter,
    WalletFilter,
)
from casino.admin.groups import LEDGER
from casino.models import Account, Game, Kind, LedgerEntry, Transaction
from config.backoffice import PagedAdmin, Panel, PanelsAdmin, ReadOnlyAdmin, Tool
from config.backoffice.display import (
    NOTHING,
    identifier,
    link,
    list_url,
    moment,
    page_of,
    page_url,
    pill,
    stacked,
)

_MOST_IN_A_PANEL = 20


@admin.register(Transaction)
class TransactionAdmin(
    PanelsAdmin[Transaction], PagedAdmin[Transaction], ReadOnlyAdmin[Transaction]
):
    group = LEDGER
    list_display = (
        "posted",
        "what",
        "moved",
        "left",
        "whose",
        "where",
        "external_id",
    )
    list_filter = (
        WalletFilter,
        PlayersWalletsFilter,
        SessionFilter,
        ExternalSessionFilter,
        RoundFilter,
        NumbersFilter,
        PostedFilter,
        DaysFilter,
        AmountFilter,
        KindFilter,
        SourceFilter,
    )
    list_defer = ("response_cache", "details", "link")
    search_fields = ("external_transaction_id",)
    search_help_text = (
        "A transaction’s id or external id (the beginning is enough), or a round, wallet, player "
        "or session id."
    )
    fieldsets = (
        ("What moved", {"fields": (("what", "posted"), ("moved", "redeemable_moved"),
                                   ("left", "redeemable_left"))}),
        ("Whose, and where", {"fields": (("wallet_page", "player"), ("sequence", "game"),
                                         ("session_page", "round"))}),
        ("Who asked, and how", {"fields": ("by_whom", "id", "source", "external_transaction_id",
                                           "related_external_transaction_id", "request_id",
                                           "said_besides")}),
        ("What was answered", {"fields": ("answer",)}),
        ("Chain", {"fields": ("link_in_hex",)}),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Transaction]":
        return movements.told(super().get_queryset(request))

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """The wallet's own order if the list is filtered by a wallet: there is an index for it."""
        return ("-sequence", "-pk") if "wallet" in request.GET else ("-pk",)

    def search(self, term: str) -> Q:
        return search.transactions(term)

    # ---- what a row shows --------------------------------------------------------------------
    @admin.display(description="posted")
    def posted(self, row: Transaction) -> str | SafeString:
        return moment(row.created_at)

    @admin.display(description="kind")
    def what(self, row: Transaction) -> SafeString:
        return movements.kind(row)

    @admin.display(description="amount")
    def moved(self, row: Transaction) -> SafeString:
        return movements.moved(row)

    @admin.display(description="redeemable part")
    def redeemable_moved(self, row: Transaction) -> SafeString:
        return money(row.redeemable_amount, row.wallet.currency)

    @admin.display(description="balance after")
    def left(self, row: Transaction) -> SafeString:
        return money(row.balance_after, row.wallet.currency)

    @admin.display(description="redeemable after")
    def redeemable_left(self, row: Transaction) -> SafeString:
        return money(row.redeemable_after, row.wallet.currency)

    @admin.display(description="wallet")
    def wallet_page(self, row: Transaction) -> SafeString:
        return wallet_link(row.wallet)

    @admin.display(description="player")
    def player(self, row: Transaction) -> SafeString:
        return page_of(row.wallet.user)

    @admin.display(description="round")
    def round(self, row: Transaction) -> str | SafeString:
        return movements.round_link(row)

    @admin.display(description="session")
    def session_page(self, row: Transaction) -> str | SafeString:
        return movements.session_link(row)

    @admin.display(description="wallet, player")
    def whose(self, row: Transaction) -> SafeString:
        return stacked(self.wallet_page(row), self.player(row))

    @admin.display(description="round, session")
    def where(self, row: Transaction) -> SafeString:
        return stacked(self.round(row), self.session_page(row))

    @admin.display(description="external id, source")
    def external_id(self, row: Transaction) -> SafeString:
        return stacked(identifier(row.external_transaction_id), row.source)

    @admin.display(description="game")
    def game(self, row: Transaction) -> str | SafeString:
        known = (
            Game.objects.filter(provider_game_id=row.game_code).first() if row.game_code else None
        )
        return page_of(known) if known else row.game_code or NOTHING

    @admin.display(description="by whom and why")
    def by_whom(self, row: Transaction) -> str:
        """An adjustment names the people behind it; other requests come from a caller."""
        if row.transaction_type != Kind.ADJUSTMENT:
            return str(row.source)
        said = json.loads(row.details)
        people = said["actor"]
        if said.get("approvedBy"):
            people = f"{people}, approved by {said['approvedBy']}"
        return f"{people}: {said['reason']}"

    @admin.display(description="the rest of the request")
    def said_besides(self, row: Transaction) -> str | SafeString:
        return stored_json(row.details)

    @admin.display(description="the stored answer, which is sent again")
    def answer(self, row: Transaction) -> str | SafeString:
        return stored_json(row.response_cache)

    @admin.display(description="link (SHA-256 of the previous link and this row)")
    def link_in_hex(self, row: Transaction) -> SafeString:
        return in_hex(row.link)

    # ---- what belongs to it ------------------------------------------------------------------
    def panels(self, request: HttpRequest, row: Transaction) -> Iterable[Panel]:
        related = self._related(row)
        yield entries_panel(row)
        yield movements.panel("Related", related)
        yield movements.panel("Before and after it in the wallet", _neighbours(row))
        if row.round_id is not None:
            yield self._round_panel(row, [row.pk, *(each.pk for each in related)])

    def _related(self, row: Transaction) -> list[Transaction]:
        """The transaction it refers to and those that refer to it. Each condition has an index."""
        refers = Q(related_transaction=row)
        condition = refers & Q(transaction_type=Kind.ROLLBACK)
        condition |= refers & Q(transaction_type=Kind.REPEATED_ROLLBACK)
        if row.round_id is not None:
            condition |= refers & Q(wallet_id=row.wallet_id, round_id=row.round_id)
        if row.related_transaction_id is not None:
            condition |= Q(pk=row.related_transaction_id)
        found = movements.told(Transaction.objects.filter(condition)).order_by("pk")
        return list(found[:_MOST_IN_A_PANEL])

    def _round_panel(self, row: Transaction, shown: list[UUID]) -> Panel:
        others = Transaction.objects.filter(
            wallet_id=row.wallet_id, source=row.source, round_id=row.round_id
        ).exclude(pk__in=shown)
        whole = link(movements.round_url(row), "All its transactions as a list")
        return movements.panel(
            "The rest of the round", movements.newest(others, _MOST_IN_A_PANEL), whole
        )

    def tools(self, request: HttpRequest, row: Transaction) -> Iterable[Tool]:
        yield Tool("Wallet’s transactions", list_url(Transaction, wallet=row.wallet_id))
        if row.session_id is not None:
            yield Tool("Session’s transactions", list_url(Transaction, session=row.session_id))
        if row.round_id is not None:
            yield Tool("Round’s transactions", movements.round_url(row))


def _neighbours(row: Transaction) -> list[Transaction]:
    around = Transaction.objects.filter(
        wallet_id=row.wallet_id, sequence__in=(row.sequence - 1, row.sequence + 1)
    )
    return movements.newest(around, 2)


def entries_panel(row: Transaction) -> Panel:
    """Both sides of a transaction, with their sum, which is zero."""
    entries = list(row.entries.order_by("pk"))
    currency = row.wallet.currency
    rows: list[tuple[Any, ...]] = [
        (
            link(page_url(LedgerEntry, entry.pk), entry.pk),
            pill(Account(entry.account).label),
            wallet_link(row.wallet) if entry.wallet_id == row.wallet_id else NOTHING,
            money(entry.amount, currency, signed=True),
            money(entry.redeemable_amount, currency, signed=True),
            held(entry.balance_before, currency),
            held(entry.balance_after, currency),
        )
        for entry in entries
    ]
    total = money(sum(entry.amount for entry in entries), currency)
    headers = ("Entry", "Account", "Wallet", "Amount", "Redeemable", "Before", "After")
    if rows:
        rows.append((NOTHING, "sum", NOTHING, total, NOTHING, NOTHING, NOTHING))
    return Panel("Entries", headers, rows, empty="None: it moved nothing.")
