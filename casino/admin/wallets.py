"""Pages that show what a wallet holds and why. They write no balance; operations do that."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.safestring import SafeString

from casino.admin import movements, search
from casino.admin.adjust import AdjustPage, may_adjust
from casino.admin.balance import balance_card
from casino.admin.check import CheckPage, explanation_panel
from casino.admin.display import in_hex, money
from casino.admin.filters import PlayerFilter
from casino.admin.groups import PLAYERS
from casino.admin.sessions import sessions_panel
from casino.backoffice import addresses
from casino.models import GameSession, LedgerEntry, Transaction, Wallet
from config.backoffice import PagedAdmin, Panel, PanelsAdmin, ReadOnlyAdmin, Tool
from config.backoffice.display import link, list_url, moment, page_of, page_url

EXPLAINED_AT_ONCE = 10_000
"""A wallet with more transactions is explained only on request, not every time its page opens."""

_MOST_TRANSACTIONS = 20


@admin.register(Wallet)
class WalletAdmin(PanelsAdmin[Wallet], PagedAdmin[Wallet], ReadOnlyAdmin[Wallet]):
    group = PLAYERS
    list_display = (
        "wallet_id",
        "player",
        "name_of_player",
        "playable",
        "redeemable",
        "transactions",
        "changed",
    )
    list_filter = ("currency", PlayerFilter)
    list_select_related = ("user", "currency")
    search_fields = ("wallet_id",)
    search_help_text = "A wallet id or player id; the beginning is enough."
    fieldsets = (
        (None, {"fields": ("wallet_id", "player", "name_of_player", "currency")}),
        ("Ledger", {"fields": ("transactions", "head", "opened", "changed")}),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Wallet]":
        return super().get_queryset(request).select_related("user", "currency")

    def search(self, term: str) -> Q:
        return Q(wallet_id__startswith=term) | Q(user_id__in=search.player_pks(term))

    def get_urls(self) -> list[URLPattern]:
        pages = (("adjust", AdjustPage), ("check", CheckPage))
        own = [
            path(
                f"<path:object_id>/{name}/",
                self.admin_site.admin_view(page.as_view()),
                name=f"casino_wallet_{name}",
            )
            for name, page in pages
        ]
        return own + super().get_urls()

    # ---- what a row shows --------------------------------------------------------------------
    @admin.display(description="player")
    def player(self, wallet: Wallet) -> SafeString:
        return page_of(wallet.user)

    @admin.display(description="name")
    def name_of_player(self, wallet: Wallet) -> str:
        return wallet.user.display_name

    @admin.display(description="playable")
    def playable(self, wallet: Wallet) -> SafeString:
        return money(wallet.playable_balance, wallet.currency)

    @admin.display(description="redeemable")
    def redeemable(self, wallet: Wallet) -> SafeString:
        return money(wallet.redeemable_balance, wallet.currency)

    @admin.display(description="transactions (its version)")
    def transactions(self, wallet: Wallet) -> SafeString:
        return link(list_url(Transaction, wallet=wallet.pk), wallet.version)

    @admin.display(description="chain head")
    def head(self, wallet: Wallet) -> SafeString:
        return in_hex(wallet.chain_head)

    @admin.display(description="opened")
    def opened(self, wallet: Wallet) -> str | SafeString:
        return moment(wallet.created_at)

    @admin.display(description="changed")
    def changed(self, wallet: Wallet) -> str | SafeString:
        return moment(wallet.updated_at)

    # ---- what belongs to it ------------------------------------------------------------------
    def first_panels(self, request: HttpRequest, wallet: Wallet) -> Iterable[Any]:
        yield balance_card(wallet)
        if wallet.version <= EXPLAINED_AT_ONCE:
            yield explanation_panel(wallet)

    def panels(self, request: HttpRequest, wallet: Wallet) -> Iterable[Panel]:
        yield movements.panel(
            "Latest transactions",
            movements.newest(Transaction.objects.filter(wallet=wallet), _MOST_TRANSACTIONS),
            link(list_url(Transaction, wallet=wallet.pk), f"All {wallet.version}"),
        )
        yield sessions_panel(
            GameSession.objects.filter(wallet=wallet),
            link(list_url(GameSession, wallet=wallet.pk), "All its sessions"),
        )

    def tools(self, request: HttpRequest, wallet: Wallet) -> Iterable[Tool]:
        if may_adjust(request):
            yield Tool("Adjust balance", page_url(Wallet, wallet.pk, "adjust"))
        yield Tool("Explain this balance", addresses.page("explain", wallet.pk))
        yield Tool("Statement", addresses.page("statement", wallet=wallet.wallet_id))
        yield Tool("Check the ledger", page_url(Wallet, wallet.pk, "check"))
        yield Tool("Transactions", list_url(Transaction, wallet=wallet.pk))
        yield Tool("Entries", list_url(LedgerEntry, wallet=wallet.pk))
