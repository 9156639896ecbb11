"""A filter that links set, by the key of a row of another table, without a list of all rows."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from config.web.fields import LARGEST_AMOUNT


class LinkedFilter(SimpleListFilter):
    """Shown only while it is set, with the row's name and a way to unset it.

    ``column`` is the column that must equal the key.
    """

    model: ClassVar[type[Model]]
    column: ClassVar[str]

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        if self.value() is None:
            return ()
        row = self.model._default_manager.filter(pk=self.key()).first()
        return ((str(self.value()), str(row or self.value())),)

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        if self.value() is None:
            return queryset
        return queryset.filter(**{self.column: self.key()})

    def key(self) -> int:
        text = str(self.value())
        if not (text.isascii() and text.isdigit()) or int(text) > LARGEST_AMOUNT:
            raise IncorrectLookupParameters(f"{self.parameter_name} is not a key")
        return int(text)
