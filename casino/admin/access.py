"""API keys: issue and disable them. A key's text is shown once, when it is issued."""

from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.safestring import SafeString

from casino.access import forget_keys, issue_key
from casino.admin.groups import ACCESS
from casino.admin.history import log
from casino.models.access import ApiKey, Family
from config.backoffice import BaseAdmin
from config.backoffice.display import moment, pill
from config.backoffice.secret_fields import ModelForm


class ApiKeyForm(ModelForm[ApiKey]):
    def clean(self) -> dict[str, Any]:
        """Reloading the page that shows a new key sends its form again."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        expires_at = cleaned.get("expires_at")
        if self.instance._state.adding and expires_at and expires_at <= timezone.now():
            self.add_error("expires_at", "This time has passed, so the key would never work.")
        same = ApiKey.objects.filter(
            name=cleaned.get("name"),
            scope=cleaned.get("scope"),
            enabled=True,
            last_used_at=None,
        )
        if self.instance._state.adding and same.exists():
            raise ValidationError(
                "There is already a key with this name that nobody has used yet. Disable it, or "
                "choose another name."
            )
        return cleaned


@admin.register(ApiKey)
class ApiKeyAdmin(BaseAdmin[ApiKey]):
    group = ACCESS
    never_looked_up = ("digest",)
    list_display = ("name", "scope", "begins_with", "state", "expires", "used", "issued")
    list_filter = ("scope", "enabled")
    search_fields = ("name", "prefix")
    ordering = ("-pk",)
    actions = ("disable",)
    form = ApiKeyForm

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> tuple[str, ...]:
        asked = ("name", "scope", "expires_at")
        return asked if obj is None else (*asked, "enabled", "begins_with", "used", "issued")

    def get_readonly_fields(
        self, request: HttpRequest, obj: ApiKey | None = None
    ) -> tuple[str, ...]:
        return () if obj is None else ("scope", "begins_with", "used", "issued")

    def get_form(
        self, request: HttpRequest, obj: ApiKey | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Two clicks on the button send two forms at the same time: let the second one wait."""
        if request.method == "POST":
            get_user_model()._default_manager.select_for_update().get(pk=str(request.user.pk))
        return super().get_form(request, obj, change=change, **kwargs)

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        if change:
            obj.save(update_fields=form.changed_data)
        else:
            issued = issue_key(name=obj.name, scope=Family(obj.scope), expires_at=obj.expires_at)
            obj.pk, obj.prefix = issued.key.pk, issued.key.prefix
            request.issued_key = issued.text  # type: ignore[attr-defined]  # for the answer, below
        transaction.on_commit(forget_keys)

    def response_add(
        self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the key on the page itself: a message would leave it in a cookie or the database."""
        return TemplateResponse(
            request,
            "admin/casino/key_issued.html",
            {
                **self.admin_site.each_context(request),
                "title": "API key issued",
                "key": obj,
                "text": request.issued_key,  # type: ignore[attr-defined]
            },
        )

    def delete_model(self, request: HttpRequest, obj: ApiKey) -> None:
        super().delete_model(request, obj)
        transaction.on_commit(forget_keys)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        super().delete_queryset(request, queryset)
        transaction.on_commit(forget_keys)

    @admin.action(description="Disable the selected keys", permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        keys = list(queryset.filter(enabled=True))
        ApiKey.objects.filter(pk__in=[key.pk for key in keys]).update(enabled=False)
        log(request, keys, "Disabled.")
        transaction.on_commit(forget_keys)
        self.message_user(request, f"Keys disabled: {len(keys)}. They stop working within seconds.")

    @admin.display(description="begins with")
    def begins_with(self, key: ApiKey) -> str:
        return f"{key.prefix}…"

    @admin.display(description="state")
    def state(self, key: ApiKey) -> SafeString:
        if not key.enabled:
            return pill("disabled", "bad")
        if key.expires_at and key.expires_at <= timezone.now():
            return pill("expired", "bad")
        return pill("enabled", "good")

    @admin.display(description="expires", ordering="expires_at")
    def expires(self, key: ApiKey) -> str | SafeString:
        return moment(key.expires_at) if key.expires_at else "never"

    @admin.display(description="last used", ordering="last_used_at")
    def used(self, key: ApiKey) -> str | SafeString:
        return moment(key.last_used_at) if key.last_used_at else "never"

    @admin.display(description="issued", ordering="created_at")
    def issued(self, key: ApiKey) -> str | SafeString:
        return moment(key.created_at)
