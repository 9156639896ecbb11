"""Forms of rows: one that was opened before somebody else's change is refused, not saved over it.

A page carries a digest of the row's values as it shows them. It is keyed, so that nobody can test
guesses of a value with it.
"""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.utils.crypto import constant_time_compare, salted_hmac

from config.backoffice.display import NOTHING

ROW_AS_SHOWN = "row_as_shown"

_STALE = (
    "Somebody changed this after you opened the page, so nothing was saved. Open it again to see "
    "the change, and repeat yours if it is still right."
)

if TYPE_CHECKING:
    _Form = forms.ModelForm[Any]
else:
    _Form = object


class RowForm(_Form):
    """Mixed into the form of a row that exists.

    A form that would change nothing is accepted however old it is: a second click on Save.
    """

    def digest(self) -> str:
        shown = {name: _comparable(self.initial.get(name)) for name in self.fields}
        return salted_hmac(__name__, json.dumps(shown, sort_keys=True)).hexdigest()

    def clean(self) -> Any:
        cleaned = super().clean()
        sent = self.data.get(ROW_AS_SHOWN)
        if sent and self.changed_data and not constant_time_compare(sent, self.digest()):
            raise ValidationError(_STALE)
        return cleaned


def row_form(form: Any) -> Any:
    return type(form)(form.__name__, (RowForm, form), {"__module__": form.__module__})


def told_changes(form: Any, secret_names: tuple[str, ...]) -> str:
    """For the history: each field that changed, and its values before and after if not secret."""
    if not form.changed_data:
        return "No fields changed."
    return " ".join(_told(form, name, name in secret_names) for name in form.changed_data)


def _told(form: Any, name: str, is_secret: bool) -> str:
    field = form.fields[name]
    label = field.label or name
    if is_secret:
        return f"Changed {label}."
    before = _written(_objects(field, form.initial.get(name)))
    return f"Changed {label}: {before} → {_written(form.cleaned_data.get(name))}."


def _objects(field: Any, value: Any) -> Any:
    """A form knows the row that a foreign key refers to only by its key."""
    is_key = isinstance(field, forms.ModelChoiceField) and not isinstance(value, list | Model)
    return field.to_python(value) if is_key else value


def _written(value: Any) -> str:
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, QuerySet) or _is_of_rows(value):
        return ", ".join(sorted(map(str, value))) or NOTHING
    return str(value)


def _is_of_rows(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, Model) for each in value)


def _comparable(value: Any) -> Any:
    if isinstance(value, list):
        return sorted(str(getattr(each, "pk", each)) for each in value)
    return str(value)
