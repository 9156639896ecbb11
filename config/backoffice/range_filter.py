"""A filter with two fields, "from" and "to", for lists: days, amounts."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib.admin import ListFilter
from django.db.models import Model
from django.http import HttpRequest


class RangeFilter(ListFilter):
    """Either end may be blank. ``parameter_name`` begins the two names in the query string.

    The subclass filters the list in ``queryset``, and raises IncorrectLookupParameters for
    invalid input.
    """

    template = "admin/range_filter.html"
    parameter_name: ClassVar[str]
    field_type: ClassVar[str] = "text"

    def __init__(
        self, request: HttpRequest, params: dict[str, Any], model: type[Model], model_admin: Any
    ) -> None:
        super().__init__(request, params, model, model_admin)
        self.others: list[tuple[str, str]] = []
        for name in self._names:
            if name in params:
                self.used_parameters[name] = params.pop(name)[-1].strip()

    @property
    def begin(self) -> str:
        return str(self.used_parameters.get(f"{self.parameter_name}_from", ""))

    @property
    def end(self) -> str:
        return str(self.used_parameters.get(f"{self.parameter_name}_to", ""))

    @property
    def words(self) -> str:
        """The current range, for the filter's button."""
        parts = [f"{word} {value}" for word, value in (("from", self.begin), ("to", self.end))
                 if value]  # fmt: skip
        return " ".join(parts)

    @property
    def _names(self) -> tuple[str, str]:
        return f"{self.parameter_name}_from", f"{self.parameter_name}_to"

    def expected_parameters(self) -> list[str | None]:
        return [*self._names]

    def has_output(self) -> bool:
        return True

    def choices(self, changelist: Any) -> Iterator[Any]:
        """No choices; all other parameters are kept as hidden fields."""
        self.others = [
            (name, value)
            for name, values in changelist.get_filters_params().items()
            if name not in self._names
            for value in (values if isinstance(values, list) else [values])
        ]
        if changelist.query:
            self.others.append(("q", changelist.query))
        return iter(())
