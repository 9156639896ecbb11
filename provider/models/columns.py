"""Columns and constraints that several tables share."""

from typing import TYPE_CHECKING, Any

import msgspec
from django.db import models
from django.db.models import Q

from config.wire.nesting import TooDeep, decode, decode_outermost

IDENTIFIER_LENGTH = 128

if TYPE_CHECKING:
    _Text = models.TextField[Any, Any]
else:
    _Text = models.TextField


class ExactJSONField(_Text):
    """A JSON value or None, kept as text: unlike `jsonb`, this keeps key order and every character.
    A value that was read encodes to the same bytes as the value that was written.
    """

    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def deconstruct(self) -> Any:
        """Migrations see a plain text column, so they do not import live code."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs

    def from_db_value(self, value: str | None, _expression: Any, _connection: Any) -> Any:
        return None if value is None else _decoded(value)

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else msgspec.json.encode(value).decode()


def _decoded(text: str) -> Any:
    """Answers that are nested too deeply are refused today, but they were stored in the past."""
    try:
        return decode(text)
    except TooDeep:
        return decode_outermost(text)


class JSONColumnField(ExactJSONField):
    """The same in a `json` column, which also keeps the text and checks that it is JSON."""

    def db_type(self, connection: Any) -> str:
        return "json"

    def deconstruct(self) -> Any:
        """Migrations have their own copy of this class."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "provider.migrations._fields.JSONColumnField", args, kwargs

    def select_format(self, compiler: Any, sql: str, params: Any) -> tuple[str, Any]:
        return f"{sql}::text", params  # otherwise the driver would parse it


class Timed(models.Model):
    """The times at which a row was first and last written."""

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


def one_of(*, field: str, choices: type[models.TextChoices], table: str) -> models.CheckConstraint:
    """A constraint of ``table``: the column ``field`` has one of ``choices``."""
    return models.CheckConstraint(
        condition=Q(**{f"{field}__in": choices.values}), name=f"{table}_{field}_known"
    )
