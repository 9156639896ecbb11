"""Pages for players: enter, rename, block and unblock them. They are never deleted."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from casino.admin import player_panels, search
from casino.admin.display import joined, money
from casino.admin.filters import FlagFilter
from casino.admin.groups import PLAYERS
from casino.admin.sessions import sessions_panel
from casino.admin.standing import change_standing
from casino.backoffice import flags
from casino.backoffice.addresses import page
from casino.backoffice.models import PlayerFlag
from casino.models import GameSession, PlayerStatus, Transaction, User, Wallet
from config.backoffice import PagedAdmin, Panel, PanelsAdmin, Tool
from config.backoffice.display import NOTHING, link, list_url, markup, moment, page_url, pill

_BLOCKED = markup(
    '<ul class="messagelist"><li class="warning">{}</li></ul>',
    "This player is blocked and can neither open games nor bet.",
)


class ReasonedActionForm(ActionForm):
    reason = forms.CharField(label="Reason:", max_length=2_000, required=False)


@admin.register(User)
class UserAdmin(PanelsAdmin[User], PagedAdmin[User]):
    group = PLAYERS
    list_display = ("username", "display_name", "standing", "balances", "entered")
    list_filter = ("status", FlagFilter)
    search_fields = ("username",)
    search_help_text = (
        "A player id (the beginning is enough), a part of a name, or a complete wallet id."
    )
    actions = ("block_selected", "unblock_selected")
    action_form = ReasonedActionForm

    def get_queryset(self, request: HttpRequest) -> "QuerySet[User]":
        wallets = Wallet.objects.select_related("currency").order_by("pk")
        raised = PlayerFlag.objects.filter(player=OuterRef("pk"), lowered_at=None).order_by("pk")
        return (
            super()
            .get_queryset(request)
            .prefetch_related(Prefetch("wallets", wallets))
            .annotate(flag_kinds=ArraySubquery(raised.values("kind")))
        )

    def search(self, term: str) -> Q:
        owners = Wallet.objects.filter(wallet_id=term).values_list("user_id", flat=True)
        return Q(pk__in=[*search.player_pks(term), *owners])

    # ---- who may do what ---------------------------------------------------------------------
    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """A player's history must stay. To stop a player from playing, block the player."""
        return False

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Only actions change the status: a form that was open meanwhile would undo that."""
        named = ("username", "display_name", "email")
        return named if obj is None else (*named, "standing", "entered")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Callers use the player's id, so it never changes."""
        return () if obj is None else ("username", "standing", "entered")

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Write only the fields that changed: an action may have changed others meanwhile."""
        obj.save(update_fields=form.changed_data if change else None)

    def has_block_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("casino_backoffice.block_player")

    @admin.action(description="Block selected players", permissions=["block"])
    def block_selected(self, request: HttpRequest, queryset: "QuerySet[User]") -> None:
        self._set_status(request, queryset, PlayerStatus.BLOCKED, "Blocked")

    @admin.action(description="Unblock selected players", permissions=["block"])
    def unblock_selected(self, request: HttpRequest, queryset: "QuerySet[User]") -> None:
        self._set_status(request, queryset, PlayerStatus.ACTIVE, "Unblocked")

    def _set_status(
        self,
        request: HttpRequest,
        queryset: "QuerySet[User]",
        status: PlayerStatus,
        done: str,
    ) -> None:
        reason = request.POST.get("reason", "").strip()
        if not reason:
            self.message_user(request, "Give a reason. Nothing was changed.", messages.ERROR)
            return
        pks = list(queryset.order_by().values_list("pk", flat=True))
        changed = change_standing(request, pks, status, reason)
        self.message_user(
            request, f"{done} {len(changed)} of {len(pks)} players.", messages.SUCCESS
        )

    # ---- what a row shows --------------------------------------------------------------------
    @admin.display(description="status")
    def standing(self, user: User) -> SafeString:
        tone = "good" if user.status == PlayerStatus.ACTIVE else "bad"
        shown = pill(user.get_status_display().lower(), tone)
        return joined([shown, *flags.pills(getattr(user, "flag_kinds", ()))])

    @admin.display(description="wallets")
    def balances(self, user: User) -> str | SafeString:
        wallets = [
            link(page_url(Wallet, wallet.pk), money(wallet.playable_balance, wallet.currency))
            for wallet in user.wallets.all()
        ]
        return joined(wallets) if wallets else NOTHING

    @admin.display(description="entered")
    def entered(self, user: User) -> str | SafeString:
        return moment(user.created_at)

    # ---- what belongs to it ------------------------------------------------------------------
    def first_panels(self, request: HttpRequest, user: User) -> Iterable[Any]:
        if user.status == PlayerStatus.BLOCKED:
            yield _BLOCKED
        yield from player_panels.flags_panels(request, user)
        yield player_panels.wallets_panel(user)
        if request.user.has_perm("casino.view_transaction"):
            yield player_panels.results_panel(user)

    def panels(self, request: HttpRequest, user: User) -> Iterable[Panel]:
        yield from player_panels.limits_panels(request, user)
        yield from player_panels.notes_panels(request, user)
        if request.user.has_perm("casino.view_transaction"):
            yield player_panels.rounds_panel(user)
        sessions = GameSession.objects.filter(user=user)
        yield sessions_panel(sessions, link(list_url(GameSession, player=user.pk), "All sessions"))

    def tools(self, request: HttpRequest, user: User) -> Iterable[Tool]:
        if request.user.has_perm("casino_backoffice.block_player"):
            is_blocked = user.status == PlayerStatus.BLOCKED
            yield Tool("Unblock" if is_blocked else "Block", page("block_player", user.pk))
        if request.user.has_perm("casino_backoffice.add_playerflag"):
            yield Tool("Flag", page("flag_player", user.pk))
        if request.user.has_perm("casino_backoffice.add_playernote"):
            yield Tool("Write a note", page("note_on_player", user.pk))
        yield Tool("Statement", page("statement", player=user.username))
        yield Tool("Transactions", list_url(Transaction, player=user.pk))
        yield Tool("Sessions", list_url(GameSession, player=user.pk))
