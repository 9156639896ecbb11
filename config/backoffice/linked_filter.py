"""Filters by the value of one column, also those that only links set."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.admin import SimpleListFilter
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
