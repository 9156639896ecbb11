"""Edits casinos and games. Those that were used keep their ids and are never deleted."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.backoffice import BaseAdmin, Panel, PanelsAdmin, SecretsAdmin, Tool, mask_secrets_of
from config.backoffice.display import list_url, pill
from provider.admin.groups import CATALOGUE
from provider.games.pay_table import PayTableError
from provider.models import Casino, Game, Run, Session


@admin.register(Casino)
class CasinoAdmin(PanelsAdmin[Casino], SecretsAdmin[Casino]):
    group = CATALOGUE
    secret_fields = ("casino_secret", "provider_secret")
    list_display = ("code", "name", "state", "reached_at", "signs_with", "verifies_with")
    list_filter = ("enabled",)
    search_fields = ("code", "name")
    ordering = ("code",)
    fieldsets = (
        (None, {"fields": ("code", "name", "base_url", "provider_code", "enabled")}),
        (
            "Secrets",
            {
                "fields": ("casino_secret", "provider_secret"),
                "description": "Stored secrets are never shown. If a secret is blank, the casino "
                "CASINO_CODE uses the environment's; any other casino then has no secret, "
                "and nobody can sign for it.",
            },
        ),
    )

    def get_readonly_fields(
        self, request: HttpRequest, obj: Casino | None = None
    ) -> tuple[str, ...]:
        """Transaction ids are derived from the code; another code would play a run twice."""
        return () if obj is None else ("code",)

    def has_delete_permission(self, request: HttpRequest, obj: Casino | None = None) -> bool:
        """Only a casino that nobody has played at can be deleted, and never in bulk."""
        if obj is None or obj.customers.exists():
            return False
        return super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Casino, form: Any, change: bool) -> None:
        obj.save(update_fields=[*form.changed_data, "updated_at"] if change else None)

    @admin.display(description="state")
    def state(self, casino: Casino) -> SafeString:
        return pill("enabled", "good") if casino.enabled else pill("disabled", "bad")

    @admin.display(description="address")
    def reached_at(self, casino: Casino) -> str:
        return casino.url

    @admin.display(description="our calls are signed with")
    def signs_with(self, casino: Casino) -> str:
        return mask_secrets_of(casino, "casino_secret")

    @admin.display(description="its calls are checked with")
    def verifies_with(self, casino: Casino) -> str:
        return mask_secrets_of(casino, "provider_secret")

    def tools(self, request: HttpRequest, casino: Casino) -> Iterable[Tool]:
        yield Tool("Sessions", list_url(Session, casino__id__exact=casino.pk))
        yield Tool("Runs", list_url(Run, casino__id__exact=casino.pk))


class GameForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Game
        fields = ("game_id", "name", "is_active", "stakes", "pay_table")
        widgets = {"pay_table": forms.Textarea(attrs={"rows": 20, "class": "vLargeTextField"})}


@admin.register(Game)
class GameAdmin(PanelsAdmin[Game], BaseAdmin[Game]):
    group = CATALOGUE
    form = GameForm
    list_display = ("game_id", "name", "state", "return_to_player", "stakes")
    list_filter = ("is_active",)
    search_fields = ("game_id", "name")
    ordering = ("game_id",)

    def get_readonly_fields(self, request: HttpRequest, obj: Game | None = None) -> tuple[str, ...]:
        """Casinos know a game by its id, so the id never changes."""
        return () if obj is None else ("game_id",)

    def has_delete_permission(self, request: HttpRequest, obj: Game | None = None) -> bool:
        """Only a game that was never launched can be deleted, and never in bulk."""
        if obj is None or obj.sessions.exists():
            return False
        return super().has_delete_permission(request, obj)

    @admin.display(description="state")
    def state(self, game: Game) -> SafeString:
        return pill("active", "good") if game.is_active else pill("withdrawn", "bad")

    @admin.display(description="return to player")
    def return_to_player(self, game: Game) -> str | SafeString:
        try:
            share = game.pays.return_to_player
        except PayTableError as error:
            return pill(str(error), "bad")
        return format_html(
            '<span title="{} exactly">{} %</span>', share, f"{float(100 * share):.2f}"
        )

    def panels(self, request: HttpRequest, game: Game) -> Iterable[Panel]:
        try:
            pays = game.pays
        except PayTableError:
            return
        rows = [
            (
                " ".join(line.show),
                f"{line.weight} of {pays.tickets}",
                f"{line.pays_hundredths / 100:g}",
            )
            for line in pays.lines
        ]
        note = f"Returns {pays.return_to_player} of all stakes."
        yield Panel("What is drawn", ("Symbols", "How often", "Pays, in stakes"), rows, note)

    def tools(self, request: HttpRequest, game: Game) -> Iterable[Tool]:
        yield Tool("Sessions", list_url(Session, game__id__exact=game.pk))
