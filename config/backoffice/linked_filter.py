"""Filters by the value of one column or by a related row, also those that only links set."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.admin import FieldListFilter, RelatedFieldListFilter, SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from config.web.fields import LARGEST_AMOUNT


class ValueFilter(SimpleListFilter):
    """Shows the rows in which ``column`` has the value.

    It offers a way to unset it while it is set. A subclass may offer values to choose from.
    """

    column: ClassVar[str]

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        value = self.value()
        return () if value is None else ((value, value),)

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        return queryset if self.value() is None else queryset.filter(**{self.column: self.key()})

    def key(self) -> Any:
        """The value that the column must have."""
        return self.value()


class LinkedFilter(ValueFilter):
    """By the primary key of a row of another table. Shows the row's name, and no list of rows."""

    model: ClassVar[type[Model]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        if self.value() is None:
            return ()
        row = self.model._default_manager.filter(pk=self.key()).first()
        return ((str(self.value()), str(row or self.value())),)

    def key(self) -> int:
        text = str(self.value())
        if not (text.isascii() and text.isdigit()) or int(text) > LARGEST_AMOUNT:
            raise IncorrectLookupParameters(f"{self.parameter_name} is not a key")
        return int(text)


class RelatedRowFilter(RelatedFieldListFilter):
    """Offers the rows of a related table, and reads only the columns that this table's own list is
    sorted by: they are its rows' names. Whole rows may contain secrets.
    """

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        names = self.field_admin_ordering(field, request, model_admin)
        rows = field.related_model._default_manager.order_by(*names).only("pk", *names)
        return [(row.pk, str(row)) for row in rows]


FieldListFilter.register(
    lambda field: bool(field.remote_field), RelatedRowFilter, take_priority=True
)
