"""The back office's own tables: limits by currency, declared returns, proposals, notes, flags."""

from collections.abc import Iterable

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from casino.admin import search
from casino.admin.display import money, wallet_link
from casino.admin.groups import CATALOGUE, LEDGER, PLAYERS
from casino.backoffice.addresses import page
from casino.backoffice.flags import pills
from casino.backoffice.models import (
    AdjustmentProposal,
    CurrencyPolicy,
    PlayerFlag,
    PlayerNote,
    ProposalStatus,
)
from casino.backoffice.proposal_display import state_of, transaction_of
from casino.reports.models import GameTheory
from config.backoffice import BaseAdmin, PagedAdmin, PanelsAdmin, ReadOnlyAdmin, Tool
from config.backoffice.display import moment, page_of


@admin.register(CurrencyPolicy)
class CurrencyPolicyAdmin(BaseAdmin[CurrencyPolicy]):
    group = CATALOGUE
    list_display = ("currency", "second_person_above", "large_from", "large_win_multiple")
    list_select_related = ("currency",)

    def get_readonly_fields(
        self, request: HttpRequest, obj: CurrencyPolicy | None = None
    ) -> tuple[str, ...]:
        """With another currency, the old one would have no limits any more."""
        return () if obj is None else ("currency",)

    @admin.display(description="four eyes above")
    def second_person_above(self, policy: CurrencyPolicy) -> str | SafeString:
        if policy.four_eyes_above is None:
            return "never"
        return money(policy.four_eyes_above, policy.currency)

    @admin.display(description="large win from")
    def large_from(self, policy: CurrencyPolicy) -> SafeString:
        return money(policy.large_win_from, policy.currency)


@admin.register(GameTheory)
class GameTheoryAdmin(BaseAdmin[GameTheory]):
    group = CATALOGUE
    list_display = ("game", "return_to_player", "payout_variance")
    list_select_related = ("game",)

    def get_readonly_fields(
        self, request: HttpRequest, obj: GameTheory | None = None
    ) -> tuple[str, ...]:
        """What is declared for one game is not declared for another."""
        return () if obj is None else ("game",)


@admin.register(AdjustmentProposal)
class AdjustmentProposalAdmin(
    PanelsAdmin[AdjustmentProposal],
    PagedAdmin[AdjustmentProposal],
    ReadOnlyAdmin[AdjustmentProposal],
):
    group = LEDGER
    list_display = ("proposed", "wallet_page", "amount", "state", "proposed_by", "decided_by")
    list_filter = ("status",)
    list_select_related = ("wallet__currency", "wallet__user")
    ordering = ("-proposed_at", "-pk")
    search_fields = ("proposed_by",)
    search_help_text = "A wallet or player id, or the name of the person who proposed it."
    fields = (
        "proposed",
        "wallet_page",
        "player",
        "amount",
        "reason",
        "state",
        "proposed_by",
        "decided_by",
        "decided",
        "comment",
        "posted_as",
    )

    def search(self, term: str) -> Q:
        return Q(wallet_id__in=search.wallet_pks(term)) | Q(proposed_by__startswith=term)

    def tools(self, request: HttpRequest, obj: AdjustmentProposal) -> Iterable[Tool]:
        if obj.status == ProposalStatus.PENDING and not obj.is_expired(timezone.now()):
            yield Tool("Decide", page("decide_proposal", obj.pk))

    @admin.display(description="proposed")
    def proposed(self, proposal: AdjustmentProposal) -> str | SafeString:
        return moment(proposal.proposed_at)

    @admin.display(description="decided")
    def decided(self, proposal: AdjustmentProposal) -> str | SafeString:
        return moment(proposal.decided_at)

    @admin.display(description="wallet")
    def wallet_page(self, proposal: AdjustmentProposal) -> SafeString:
        return wallet_link(proposal.wallet)

    @admin.display(description="player")
    def player(self, proposal: AdjustmentProposal) -> SafeString:
        return page_of(proposal.wallet.user)

    @admin.display(description="amount")
    def amount(self, proposal: AdjustmentProposal) -> SafeString:
        return money(proposal.amount_signed, proposal.wallet.currency, signed=True)

    @admin.display(description="state")
    def state(self, proposal: AdjustmentProposal) -> SafeString:
        return state_of(proposal)

    @admin.display(description="transaction")
    def posted_as(self, proposal: AdjustmentProposal) -> str | SafeString:
        return transaction_of(proposal)


@admin.register(PlayerNote)
class PlayerNoteAdmin(PagedAdmin[PlayerNote], ReadOnlyAdmin[PlayerNote]):
    group = PLAYERS
    list_display = ("written", "about", "written_by", "text")
    list_select_related = ("player",)
    search_fields = ("written_by",)
    search_help_text = "A player id, or the name of the person who wrote it."
    fields = ("written", "about", "written_by", "text")

    def search(self, term: str) -> Q:
        return Q(player_id__in=search.player_pks(term)) | Q(written_by__startswith=term)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @admin.display(description="written")
    def written(self, note: PlayerNote) -> str | SafeString:
        return moment(note.written_at)

    @admin.display(description="player")
    def about(self, note: PlayerNote) -> SafeString:
        return page_of(note.player)


@admin.register(PlayerFlag)
class PlayerFlagAdmin(PagedAdmin[PlayerFlag], ReadOnlyAdmin[PlayerFlag]):
    group = PLAYERS
    list_display = ("raised", "flag", "about", "reason", "raised_by", "lowered", "lowered_by")
    list_filter = (("lowered_at", admin.EmptyFieldListFilter), "kind")
    list_select_related = ("player",)
    search_fields = ("raised_by",)
    search_help_text = "A player id, or the name of the person who raised it."
    fields = (
        "flag", "about", "reason", "raised", "raised_by", "lowered", "lowered_by",
        "lowered_because",
    )  # fmt: skip

    def search(self, term: str) -> Q:
        return Q(player_id__in=search.player_pks(term)) | Q(raised_by__startswith=term)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @admin.display(description="raised")
    def raised(self, flag: PlayerFlag) -> str | SafeString:
        return moment(flag.raised_at)

    @admin.display(description="flag")
    def flag(self, flag: PlayerFlag) -> SafeString:
        return pills([flag.kind])[0]

    @admin.display(description="player")
    def about(self, flag: PlayerFlag) -> SafeString:
        return page_of(flag.player)

    @admin.display(description="lowered")
    def lowered(self, flag: PlayerFlag) -> str | SafeString:
        return moment(flag.lowered_at)
