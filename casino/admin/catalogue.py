"""Edits providers, games and currencies. Those that were used keep their ids and stay."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest
from django.utils.safestring import SafeString

from casino.admin.groups import CATALOGUE
from casino.models import Currency, Game, GameProvider, GameSession, Transaction, Wallet
from casino.operations.providers import forget_credentials, source_of
from config.backoffice import BaseAdmin, Panel, PanelsAdmin, SecretsAdmin, Tool, mask_secrets_of
from config.backoffice.display import link, list_url, page_of, pill
from config.backoffice.secret_fields import SecretsForm

_MOST_GAMES = 50


class GameProviderForm(SecretsForm):
    def clean_is_default(self) -> bool:
        """Only one provider is the default; another one must first give it up."""
        is_default: bool = self.cleaned_data["is_default"]
        others = GameProvider.objects.filter(is_default=True).exclude(pk=self.instance.pk)
        other = others.first() if is_default else None
        if other is not None:
            raise forms.ValidationError(f"{other} is the default. Change that provider first.")
        return is_default


@admin.register(GameProvider)
class GameProviderAdmin(PanelsAdmin[GameProvider], SecretsAdmin[GameProvider]):
    group = CATALOGUE
    form = GameProviderForm
    secret_fields = ("secret_key", "provider_secret")
    list_display = ("code", "name", "state", "default", "reached_at", "verifies_with", "signs_with")
    list_filter = ("is_disabled",)
    search_fields = ("code", "name")
    ordering = ("code",)
    fieldsets = (
        (None, {"fields": ("code", "name", "api_endpoint", "is_disabled", "is_default")}),
        ("Where it may call from", {"fields": ("allowed_networks",)}),
        (
            "Secrets",
            {
                "fields": ("secret_key", "provider_secret"),
                "description": "Stored secrets are never shown. Changes take effect within two "
                "seconds. If a secret is blank, the default provider uses the environment's; any "
                "other provider then has no secret, and nobody can sign for it.",
            },
        ),
    )

    def get_readonly_fields(
        self, request: HttpRequest, obj: GameProvider | None = None
    ) -> tuple[str, ...]:
        """Transaction ids belong to the code; under another code they could move money again."""
        return () if obj is None else ("code",)

    def has_delete_permission(self, request: HttpRequest, obj: GameProvider | None = None) -> bool:
        """Only a provider that never had a game or a session can be deleted, and never in bulk."""
        if obj is None or obj.games.exists() or obj.sessions.exists():
            return False
        return super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: GameProvider, form: Any, change: bool) -> None:
        obj.save(update_fields=form.changed_data if change else None)
        transaction.on_commit(forget_credentials)

    def delete_model(self, request: HttpRequest, obj: GameProvider) -> None:
        super().delete_model(request, obj)
        transaction.on_commit(forget_credentials)

    @admin.display(description="state")
    def state(self, provider: GameProvider) -> SafeString:
        return pill("enabled", "good") if not provider.is_disabled else pill("disabled", "bad")

    @admin.display(description="default", boolean=True)
    def default(self, provider: GameProvider) -> bool:
        return provider.is_default

    @admin.display(description="address")
    def reached_at(self, provider: GameProvider) -> str:
        return provider.url

    @admin.display(description="its callbacks are checked with")
    def verifies_with(self, provider: GameProvider) -> str:
        return mask_secrets_of(provider, "secret_key")

    @admin.display(description="our calls are signed with")
    def signs_with(self, provider: GameProvider) -> str:
        return mask_secrets_of(provider, "provider_secret")

    def panels(self, request: HttpRequest, provider: GameProvider) -> Iterable[Panel]:
        games = provider.games.order_by("provider_game_id")[:_MOST_GAMES]
        rows = [(page_of(game), game.name, activity(game)) for game in games]
        whole = link(list_url(Game, provider__id__exact=provider.pk), "As a list")
        yield Panel("Games", ("Game", "Name", "State"), rows, whole)

    def tools(self, request: HttpRequest, provider: GameProvider) -> Iterable[Tool]:
        yield Tool("Sessions", list_url(GameSession, provider__id__exact=provider.pk))
        yield Tool("Transactions", list_url(Transaction, source=source_of(provider.code)))


def activity(game: Game) -> SafeString:
    return pill("active", "good") if game.is_active else pill("withdrawn", "bad")


@admin.register(Game)
class GameAdmin(PanelsAdmin[Game]):
    group = CATALOGUE
    list_display = ("provider_game_id", "name", "provider_page", "state", "min_bet", "max_bet")
    list_filter = ("is_active", "provider")
    list_select_related = ("provider",)
    search_fields = ("provider_game_id", "name")
    ordering = ("provider_game_id",)
    fields = ("provider_game_id", "name", "provider", "is_active", "min_bet", "max_bet")

    def get_readonly_fields(self, request: HttpRequest, obj: Game | None = None) -> tuple[str, ...]:
        """Transactions refer to a game by its id, so the id never changes."""
        return () if obj is None else ("provider_game_id",)

    def has_delete_permission(self, request: HttpRequest, obj: Game | None = None) -> bool:
        """A game is withdrawn, not deleted: transactions may refer to it without a session."""
        return False

    @admin.display(description="provider", ordering="provider__code")
    def provider_page(self, game: Game) -> SafeString:
        return page_of(game.provider)

    @admin.display(description="state", ordering="is_active")
    def state(self, game: Game) -> SafeString:
        return activity(game)

    def tools(self, request: HttpRequest, game: Game) -> Iterable[Tool]:
        yield Tool("Sessions", list_url(GameSession, game=game.pk))


@admin.register(Currency)
class CurrencyAdmin(BaseAdmin[Currency]):
    group = CATALOGUE
    list_display = ("code", "name", "exponent", "short_code", "is_redeemable", "is_asset")
    list_filter = ("is_asset", "is_redeemable")
    ordering = ("code",)
    fields = ("code", "name", "exponent", "short_code", "is_redeemable", "is_asset")

    def get_readonly_fields(
        self, request: HttpRequest, obj: Currency | None = None
    ) -> tuple[str, ...]:
        """With another exponent, every balance would be a different amount.

        Once there is a wallet, ``is_redeemable`` never changes: the audit checks wins against it.
        """
        if obj is None:
            return ()
        in_use = Wallet.objects.filter(currency=obj).exists()
        return ("code", "exponent", "is_redeemable") if in_use else ("code", "exponent")

    def has_delete_permission(self, request: HttpRequest, obj: Currency | None = None) -> bool:
        """Only a currency without any wallet can be deleted, and never in bulk."""
        if obj is None or Wallet.objects.filter(currency=obj).exists():
            return False
        return super().has_delete_permission(request, obj)
