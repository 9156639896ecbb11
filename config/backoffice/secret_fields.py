"""Secrets can be set but are never shown: not in HTML, not in a form's values, not in histories.

A secret is a comma-separated list; the first one signs. The model's ``has_environment_secrets``
says whether a blank secret means the environment's or none.
"""

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Field, Model
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.backoffice.base import BaseAdmin, M

DOTS = "••••"
FROM_ENVIRONMENT = "from environment"
NONE = "none: nobody can sign"
_SHORTEST_TO_SHOW_OF = 16
_LONGEST_SECRET = 4_096

if TYPE_CHECKING:
    ModelForm = forms.ModelForm
else:

    class ModelForm(forms.ModelForm):
        def __class_getitem__(cls, _model):
            return cls


def mask_secrets(text: str, *, blank: str = NONE) -> str:
    """The last four characters of each secret, for people who know the secrets.

    ``blank`` is the text to return if there is no secret.
    """
    masks = [_mask(part.strip()) for part in text.split(",") if part.strip()]
    if not masks:
        return blank
    if len(masks) == 1:
        return masks[0]
    return f"{masks[0]} signs; {', '.join(masks[1:])} accepted"


def mask_secrets_of(row: Any, name: str) -> str:
    """The masks of a row's secret. If it is blank, where the secret comes from."""
    return mask_secrets(
        getattr(row, name), blank=FROM_ENVIRONMENT if row.has_environment_secrets else NONE
    )


def _mask(secret: str) -> str:
    """Four characters of a short secret would reveal too much."""
    return DOTS + (secret[-4:] if len(secret) >= _SHORTEST_TO_SHOW_OF else "")


def mask_token(token: str) -> str:
    """Enough of a token to tell two apart, not enough to use it."""
    return (token[:4] if len(token) >= _SHORTEST_TO_SHOW_OF else "") + DOTS


class _Forget:
    """The value of a form's field if the stored secret must be deleted."""


FORGET = _Forget()


class SecretInput(forms.Widget):
    """A password input that is always empty, and a box that deletes the stored secret."""

    mask = NONE
    has_environment_secrets = False

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: Any = None,
    ) -> SafeString:
        element_id = (attrs or {}).get("id", f"id_{name}")
        drop = ""
        if self.mask not in (FROM_ENVIRONMENT, NONE):
            then = "use the environment’s" if self.has_environment_secrets else "use none"
            drop = format_html(
                '<label class="secret-drop"><input type="checkbox" name="{}"> '
                "delete it and {}</label>",
                self._drop_name(name),
                then,
            )
        return format_html(
            '<div class="secret"><span class="secret-mask">{}</span>'
            '<input type="password" name="{}" id="{}" class="vTextField" '
            'autocomplete="new-password" placeholder="type a new one to replace it">{}</div>',
            self.mask,
            name,
            element_id,
            drop,
        )

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        typed = data.get(name, "")
        if typed or self._drop_name(name) not in data:
            return typed
        return FORGET

    @staticmethod
    def _drop_name(name: str) -> str:
        return f"{name}-drop"


class SecretField(forms.CharField):
    """Blank keeps the stored secret. The form must replace blank with the stored value."""

    widget = SecretInput

    def clean(self, value: Any) -> Any:
        if value is FORGET:
            return FORGET
        secret = super().clean(value)
        if any(not character.isprintable() for character in secret):
            raise ValidationError("Must contain only visible characters.")
        if secret and not any(part.strip() for part in secret.split(",")):
            raise ValidationError("Must contain a secret.")
        return secret

    def has_changed(self, initial: Any, data: Any) -> bool:
        return data is FORGET or bool(data)


class SecretsForm(ModelForm[Any]):
    """A form whose secrets have no initial value. A blank field keeps the stored secret."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self._secrets():
            self.initial.pop(name, None)
            field.widget.mask = mask_secrets_of(self.instance, name)
            field.widget.has_environment_secrets = self.instance.has_environment_secrets

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name, _ in self._secrets():
            secret = cleaned.get(name)
            if secret is FORGET:
                cleaned[name] = ""
            elif not secret:
                cleaned[name] = getattr(self.instance, name)
        return cleaned

    def _secrets(self) -> list[tuple[str, Any]]:
        return [
            (name, field) for name, field in self.fields.items() if isinstance(field, SecretField)
        ]


class SecretsAdmin(BaseAdmin[M]):
    """An admin whose ``secret_fields`` can be set but not read.

    A user who may only view sees the masks instead of the inputs.
    """

    secret_fields: ClassVar[tuple[str, ...]] = ()
    form = SecretsForm

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.never_looked_up = (*cls.never_looked_up, *cls.secret_fields)
        for name in cls.secret_fields:
            setattr(cls, _masked(name), _mask_of(name))

    def formfield_for_dbfield(
        self, db_field: "Field[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name in self.secret_fields:
            return SecretField(
                required=False,
                max_length=_LONGEST_SECRET,
                strip=True,
                label=str(db_field.verbose_name).capitalize(),
                help_text=f"{db_field.help_text} For a rotation, enter several, separated by "
                "commas: the first signs, all are accepted.",
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: M | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if self._may_write(request, obj):
            return fieldsets
        return [
            (heading, {**options, "fields": [self._shown(name) for name in options["fields"]]})
            for heading, options in fieldsets
        ]

    def _may_write(self, request: HttpRequest, obj: M | None) -> bool:
        if obj is None:
            return self.has_add_permission(request)
        return self.has_change_permission(request, obj)

    def _shown(self, name: Any) -> Any:
        return _masked(name) if name in self.secret_fields else name


def _masked(name: str) -> str:
    return f"masked_{name}"


def _mask_of(name: str) -> Any:
    @admin.display(description=name.replace("_", " "))
    def mask(_admin: Any, obj: Model) -> str:
        return mask_secrets_of(obj, name)

    return mask
