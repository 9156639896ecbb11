"""Tables on a row's page that show related rows, with links."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse

from config.backoffice.base import BaseAdmin, M


class Panel(NamedTuple):
    """One table. Cells are text or HTML that was marked safe. ``note`` is above the table."""

    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[Any]]
    note: Any = ""
    empty: str = "None."

    @property
    def labelled_rows(self) -> list[list[tuple[str, Any]]]:
        """Each cell with the header of its column, which a narrow window shows next to it."""
        return [list(zip(self.headers, row, strict=True)) for row in self.rows]


class Tool(NamedTuple):
    """A link at the top of a row's page."""

    label: str
    url: str


class PanelsAdmin(BaseAdmin[M]):
    """An admin whose rows' pages have panels below the fields and tools at the top."""

    change_form_template = "admin/panels_change_form.html"

    def panels(self, request: HttpRequest, obj: M) -> Iterable[Panel]:
        return ()

    def first_panels(self, request: HttpRequest, obj: M) -> Iterable[Any]:
        """The panels above the fields, or HTML that was marked safe."""
        return ()

    def tools(self, request: HttpRequest, obj: M) -> Iterable[Tool]:
        return ()

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The template calls the panels: a refused form is in a transaction until then, in which
        no panel could read one state of the ledger.
        """
        obj = context["original"]
        if obj is not None:
            context["first_panels"] = partial(self.first_panels, request, obj)
            context["panels"] = partial(self.panels, request, obj)
            context["tools"] = partial(self.tools, request, obj)
        return super().render_change_form(request, context, *args, **kwargs)
