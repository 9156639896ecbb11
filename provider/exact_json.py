"""JSON kept as the text it is: the order of keys and every character survive, which jsonb loses."""

from typing import TYPE_CHECKING, Any

import msgspec
from django.db import models

if TYPE_CHECKING:
    _Text = models.TextField[Any, Any]
else:
    _Text = models.TextField


class ExactJSONField(_Text):
    """Any JSON value or None. What comes back encodes to the same bytes as what went in."""

    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def deconstruct(self) -> Any:
        """A migration needs to know no more than that it is text."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs

    def from_db_value(self, value: str | None, _expression: Any, _connection: Any) -> Any:
        return None if value is None else msgspec.json.decode(value)

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else msgspec.json.encode(value).decode()


class JSONColumnField(ExactJSONField):
    """The same in a column of type `json`, which keeps the text and checks that it is JSON."""

    def db_type(self, connection: Any) -> str:
        return "json"

    def deconstruct(self) -> Any:
        """As migrations know it. They import no live code."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "provider.migrations._fields.JSONColumnField", args, kwargs

    def select_format(self, compiler: Any, sql: str, params: Any) -> tuple[str, Any]:
        return f"{sql}::text", params  # otherwise the driver parses it
