"""Pages for sessions and testers' scripted runs. The only change possible is to end a session."""

from collections.abc import Iterable

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from casino.admin import movements, search
from casino.admin.display import wallet_link
from casino.admin.filters import GameFilter, PlayerFilter, SessionFilter, WalletFilter
from casino.admin.groups import PLAY
from casino.admin.history import log
from casino.admin.sessions import masked_url, status_pill
from casino.models import GameSession, SimulationRun, Transaction
from casino.operations.launch import end_sessions
from config.backoffice import (
    PagedAdmin,
    Panel,
    PanelsAdmin,
    ReadOnlyAdmin,
    Tool,
    UneditableAdmin,
    mask_token,
)
from config.backoffice.display import link, list_url, moment, page_of, said, stacked

_MOST_TRANSACTIONS = 20


@admin.register(GameSession)
class GameSessionAdmin(
    PanelsAdmin[GameSession], PagedAdmin[GameSession], UneditableAdmin[GameSession]
):
    group = PLAY
    never_looked_up = ("token", "session_token", "launch_url")
    list_display = (
        "session_id",
        "state",
        "whose",
        "what",
        "masked_token",
        "opened",
        "ended",
    )
    list_filter = ("status", "provider", PlayerFilter, WalletFilter, GameFilter)
    list_select_related = ("user", "wallet", "game", "provider")
    search_fields = ("session_id",)
    search_help_text = (
        "A session id or player id (the beginning is enough), or a complete wallet id."
    )
    fields = (
        "session_id",
        "state",
        "player",
        "wallet_page",
        "game_page",
        "provider_page",
        "provider_session_id",
        "masked_token",
        "masked_launch_url",
        "opened",
        "expires",
        "ended",
    )
    actions = ("end_selected",)

    def search(self, term: str) -> Q:
        return (
            Q(session_id__startswith=term)
            | Q(user_id__in=search.player_pks(term))
            | Q(wallet_id__in=search.wallet_pks(term))
        )

    def has_end_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("casino.change_gamesession")

    @admin.action(description="End selected sessions", permissions=["end"])
    def end_selected(self, request: HttpRequest, queryset: "QuerySet[GameSession]") -> None:
        with transaction.atomic():
            pks = list(queryset.order_by().values_list("pk", flat=True))
            ended = end_sessions(session_pks=pks, now=timezone.now())
            log(request, ended, "Ended.")
        self.message_user(request, f"Ended {len(ended)} of {len(pks)} sessions.", messages.SUCCESS)

    # ---- what a row shows --------------------------------------------------------------------
    @admin.display(description="status")
    def state(self, session: GameSession) -> SafeString:
        return status_pill(session)

    @admin.display(description="player")
    def player(self, session: GameSession) -> SafeString:
        return page_of(session.user)

    @admin.display(description="wallet")
    def wallet_page(self, session: GameSession) -> SafeString:
        return wallet_link(session.wallet)

    @admin.display(description="game")
    def game_page(self, session: GameSession) -> SafeString:
        return page_of(session.game)

    @admin.display(description="player, wallet")
    def whose(self, session: GameSession) -> SafeString:
        return stacked(self.player(session), self.wallet_page(session))

    @admin.display(description="game, provider")
    def what(self, session: GameSession) -> SafeString:
        return stacked(self.game_page(session), self.provider_page(session))

    @admin.display(description="provider")
    def provider_page(self, session: GameSession) -> SafeString:
        return page_of(session.provider)

    @admin.display(description="token")
    def masked_token(self, session: GameSession) -> str:
        return mask_token(session.session_token)

    @admin.display(description="launch URL")
    def masked_launch_url(self, session: GameSession) -> str:
        return masked_url(session.launch_url)

    @admin.display(description="opened")
    def opened(self, session: GameSession) -> str | SafeString:
        return moment(session.created_at)

    @admin.display(description="expires")
    def expires(self, session: GameSession) -> str | SafeString:
        return moment(session.expires_at)

    @admin.display(description="ended")
    def ended(self, session: GameSession) -> str | SafeString:
        return moment(session.ended_at)

    # ---- what belongs to it ------------------------------------------------------------------
    def panels(self, request: HttpRequest, session: GameSession) -> Iterable[Panel]:
        posted = Transaction.objects.filter(session=session)
        yield movements.panel(
            "Latest transactions",
            movements.newest(posted, _MOST_TRANSACTIONS),
            link(list_url(Transaction, session=session.pk), "All its transactions"),
        )
        runs = SimulationRun.objects.filter(session=session).order_by("-pk")[:_MOST_TRANSACTIONS]
        rows = [(page_of(run), moment(run.created_at)) for run in runs]
        if rows:
            yield Panel("Simulation runs", ("Run", "Asked for"), rows)

    def tools(self, request: HttpRequest, session: GameSession) -> Iterable[Tool]:
        yield Tool("Transactions", list_url(Transaction, session=session.pk))


@admin.register(SimulationRun)
class SimulationRunAdmin(PagedAdmin[SimulationRun], ReadOnlyAdmin[SimulationRun]):
    group = PLAY
    list_display = ("run_id", "session_page", "player", "transactions", "asked_for")
    list_filter = (SessionFilter,)
    list_select_related = ("session__user",)
    search_fields = ("run_id",)
    search_help_text = "A run id; the beginning is enough."
    fields = ("run_id", "session_page", "player", "transactions", "asked_for", "what")

    @admin.display(description="session")
    def session_page(self, run: SimulationRun) -> SafeString:
        return page_of(run.session)

    @admin.display(description="player")
    def player(self, run: SimulationRun) -> SafeString:
        return page_of(run.session.user)

    @admin.display(description="transactions")
    def transactions(self, run: SimulationRun) -> SafeString:
        return link(list_url(Transaction, session=run.session_id), "of its session")

    @admin.display(description="requested at")
    def asked_for(self, run: SimulationRun) -> str | SafeString:
        return moment(run.created_at)

    @admin.display(description="arguments")
    def what(self, run: SimulationRun) -> str | SafeString:
        return said(run.arguments)
