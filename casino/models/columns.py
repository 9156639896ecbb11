"""Columns that several tables share."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from config.wire.text import is_identifier


def validate_visible(value: str) -> None:
    """The same rule as on the wire: see ``config.wire.text``."""
    if not is_identifier(value):
        raise ValidationError("Must contain only visible characters.")


class StoredAnswerField(models.TextField):  # type: ignore[type-arg]  # no generic at run time
    """A JSON text in a column of type `json`, which keeps the exact bytes, unlike `jsonb`."""

    def db_type(self, connection: Any) -> str:
        return "json"

    def deconstruct(self) -> Any:
        """The migrations have their own copy of this field, since they import no live code."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "casino.migrations._fields.StoredAnswerField", args, kwargs

    def select_format(self, compiler: Any, sql: str, params: Any) -> tuple[str, Any]:
        return f"{sql}::text", params  # otherwise the driver would parse it


class PublicIdField(models.CharField):  # type: ignore[type-arg]  # no generic at run time
    """An identifier that callers see: 1–128 characters, compared byte by byte."""

    default_validators = [validate_visible]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 128)
        # "C" compares bytes: this is faster than a language's rules, and ids are equal by byte.
        kwargs.setdefault("db_collation", "C")
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """Migrations only need to know that it is text."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs
