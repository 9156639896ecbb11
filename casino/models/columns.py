"""Columns that several tables share."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from config.wire.text import is_identifier


def validate_visible(value: str) -> None:
    """As on the wire: see ``config.wire.text``."""
    if not is_identifier(value):
        raise ValidationError("Must have visible characters only.")


class StoredAnswerField(models.TextField):  # type: ignore[type-arg]  # no generic at run time
    """A JSON text in a column of type `json`, which keeps its bytes as `jsonb` would not."""

    def db_type(self, connection: Any) -> str:
        return "json"

    def deconstruct(self) -> Any:
        """As migrations know it, which import none of this."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "casino.migrations._fields.StoredAnswerField", args, kwargs

    def select_format(self, compiler: Any, sql: str, params: Any) -> tuple[str, Any]:
        return f"{sql}::text", params  # else the driver would parse it


class PublicIdField(models.CharField):  # type: ignore[type-arg]  # no generic at run time
    """An identifier that callers see: 1–128 characters, compared byte by byte."""

    default_validators = [validate_visible]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 128)
        # "C" compares bytes: faster than a language's rules, and what "the same id" means.
        kwargs.setdefault("db_collation", "C")
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """A migration needs to know no more than that it is text."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs
