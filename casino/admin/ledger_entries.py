"""Ledger entries, of which every transaction has one per account: read and never written."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from casino.admin import movements, search
from casino.admin.display import held, money, wallet_link
from casino.admin.filters import CurrencyFilter, EntryWalletFilter
from casino.admin.groups import LEDGER
from casino.models import Account, LedgerEntry
from config.backoffice import PagedAdmin, ReadOnlyAdmin
from config.backoffice.display import moment, page_of, pill, stacked


@admin.register(LedgerEntry)
class LedgerEntryAdmin(PagedAdmin[LedgerEntry], ReadOnlyAdmin[LedgerEntry]):
    group = LEDGER
    list_display = (
        "id",
        "posted",
        "side",
        "moved",
        "redeemable_moved",
        "around",
        "transaction_page",
        "whose",
    )
    list_filter = (EntryWalletFilter, "account", CurrencyFilter)
    search_fields = ("id",)
    search_help_text = "A transaction’s id or external id; a wallet or player id."
    fields = (
        "id",
        "posted",
        "side",
        "moved",
        "redeemable_moved",
        "before",
        "after",
        "redeemable_before_it",
        "redeemable_after_it",
        "transaction_page",
        "wallet_page",
        "player",
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[LedgerEntry]":
        entries = super().get_queryset(request)
        return entries.select_related(
            "transaction__wallet__currency", "transaction__wallet__user"
        ).defer("transaction__response_cache", "transaction__details", "transaction__link")

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """The wallet's own order if the list is filtered by a wallet: there is an index for it."""
        return ("-transaction__sequence", "-pk") if "wallet" in request.GET else ("-pk",)

    def search(self, term: str) -> Q:
        return search.entries(term)

    @admin.display(description="posted")
    def posted(self, entry: LedgerEntry) -> str | SafeString:
        return moment(entry.transaction.created_at)

    @admin.display(description="account")
    def side(self, entry: LedgerEntry) -> SafeString:
        return pill(Account(entry.account).label)

    @admin.display(description="amount")
    def moved(self, entry: LedgerEntry) -> SafeString:
        return money(entry.amount, entry.transaction.wallet.currency, signed=True)

    @admin.display(description="redeemable")
    def redeemable_moved(self, entry: LedgerEntry) -> SafeString:
        return money(entry.redeemable_amount, entry.transaction.wallet.currency, signed=True)

    @admin.display(description="before, after")
    def around(self, entry: LedgerEntry) -> SafeString:
        return stacked(self.before(entry), self.after(entry))

    @admin.display(description="before")
    def before(self, entry: LedgerEntry) -> str | SafeString:
        return _held(entry.balance_before, entry)

    @admin.display(description="after")
    def after(self, entry: LedgerEntry) -> str | SafeString:
        return _held(entry.balance_after, entry)

    @admin.display(description="redeemable before")
    def redeemable_before_it(self, entry: LedgerEntry) -> str | SafeString:
        return _held(entry.redeemable_before, entry)

    @admin.display(description="redeemable after")
    def redeemable_after_it(self, entry: LedgerEntry) -> str | SafeString:
        return _held(entry.redeemable_after, entry)

    @admin.display(description="transaction")
    def transaction_page(self, entry: LedgerEntry) -> str | SafeString:
        return movements.transaction_link(entry.transaction)

    @admin.display(description="wallet, player")
    def whose(self, entry: LedgerEntry) -> SafeString:
        return stacked(self.wallet_page(entry), self.player(entry))

    @admin.display(description="wallet (of the transaction)")
    def wallet_page(self, entry: LedgerEntry) -> SafeString:
        return wallet_link(entry.transaction.wallet)

    @admin.display(description="player")
    def player(self, entry: LedgerEntry) -> SafeString:
        return page_of(entry.transaction.wallet.user)


def _held(minor: int | None, entry: LedgerEntry) -> str | SafeString:
    return held(minor, entry.transaction.wallet.currency)
