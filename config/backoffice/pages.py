"""Pages of a table of any length: no row is counted, and page 10,000 costs as much as page 1.

A page continues from the key of a row, not from a number of rows to skip. The query string's ``p``
says where: ``older:<key>``, ``newer:<key>`` or ``oldest``.
"""

from typing import Any, ClassVar, NamedTuple

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters, ShowFacets
from django.contrib.admin.views.main import ORDER_VAR, PAGE_VAR, ChangeList
from django.core.exceptions import FieldDoesNotExist, PermissionDenied, ValidationError
from django.db import OperationalError
from django.db.models import Field, Model, Q, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.db.models.expressions import Combinable
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from config.backoffice.base import BaseAdmin, M

OLDER, NEWER, OLDEST = "older", "newer", "oldest"
_QUERY_CANCELED = "57014"


class PageLink(NamedTuple):
    label: str
    url: str


class PagedChangeList(ChangeList):
    """A list in descending order of unique keys, paged by key."""

    page_links: list[PageLink]

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> "QuerySet[Any]":
        deferred = getattr(self.model_admin, "list_defer", ())
        return super().get_queryset(request, exclude_parameters).defer(*deferred)

    def get_ordering(
        self, request: HttpRequest, queryset: "QuerySet[Any]"
    ) -> list[str | Combinable]:
        """The list's own order, whatever the query string says: its pages follow these keys."""
        self.params.pop(ORDER_VAR, None)
        return super().get_ordering(request, queryset)

    def get_results(self, request: HttpRequest) -> None:
        """Read one page and one more row, to know whether there is another page."""
        direction, _, key = request.GET.get(PAGE_VAR, "").partition(":")
        backwards = direction in (NEWER, OLDEST)
        names = self._key_names()
        rows = self._page_of(names, direction, key)
        has_more = len(rows) > self.list_per_page
        rows = rows[: self.list_per_page]
        if backwards:
            rows.reverse()
        self.result_list = rows
        self.result_count = self.full_result_count = len(rows)
        self.show_full_result_count = False
        self.show_admin_actions = bool(rows)
        self.can_show_all = self.multi_page = False
        self.page_links = self._links(
            names,
            has_newer=has_more if backwards else direction == OLDER,
            has_older=direction == NEWER if backwards else has_more,
        )

    def _key_names(self) -> list[str]:
        """The columns of the order: all descending, the last one unique."""
        ordering = dict.fromkeys(self.queryset.query.order_by)
        assert all(name.startswith("-") for name in ordering), "the order must be descending"
        return [name.removeprefix("-") for name in ordering]

    def _page_of(self, names: list[str], direction: str, key: str) -> list[Model]:
        queryset: QuerySet[Any] = self.queryset
        if direction in (OLDER, NEWER):
            values = [
                _field(self.model, name).to_python(value)
                for name, value in zip(names, _split(key, len(names)), strict=True)
            ]
            queryset = queryset.filter(_beyond(names, values, "lt" if direction == OLDER else "gt"))
        if direction in (NEWER, OLDEST):
            queryset = queryset.reverse()
        return list(queryset[: self.list_per_page + 1])

    def _links(self, names: list[str], *, has_newer: bool, has_older: bool) -> list[PageLink]:
        rows = self.result_list
        links = []
        if has_newer:
            links.append(PageLink("« Newest", self.get_query_string()))
        if has_newer and rows:
            links.append(PageLink("‹ Newer", self._url(f"{NEWER}:{_key(rows[0], names)}")))
        if has_older and rows:
            links.append(PageLink("Older ›", self._url(f"{OLDER}:{_key(rows[-1], names)}")))
        if has_older:
            links.append(PageLink("Oldest »", self._url(OLDEST)))
        return links

    def _url(self, page: str) -> str:
        return self.get_query_string({PAGE_VAR: page})


def _split(key: str, width: int) -> list[str]:
    values = key.split(",")
    if len(values) != width:
        raise IncorrectLookupParameters("this is not a key of this list")
    return values


def _key(row: Model, names: list[str]) -> str:
    return ",".join(str(_value(row, name)) for name in names)


def _value(row: Any, name: str) -> Any:
    for part in name.split(LOOKUP_SEP):
        row = getattr(row, part)
    return row


def _field(model: type[Model], name: str) -> "Field[Any, Any]":
    field: Any = None
    for part in name.split(LOOKUP_SEP):
        options = (field.related_model if field else model)._meta
        field = options.pk if part == "pk" else options.get_field(part)
    if field is None:
        raise FieldDoesNotExist(name)
    return field  # type: ignore[no-any-return]


def _beyond(names: list[str], values: list[Any], comparison: str) -> Q:
    """``(a, b) < (x, y)``, written so that the first column alone bounds an index scan."""
    condition = Q((f"{names[-1]}__{comparison}", values[-1]))
    for name, value in reversed(list(zip(names[:-1], values[:-1], strict=True))):
        condition = Q((f"{name}__{comparison}e", value)) & (
            Q((f"{name}__{comparison}", value)) | condition
        )
    return condition


class PagedAdmin(BaseAdmin[M]):
    """An admin whose list is paged without counting. ``ordering`` must be descending.

    ``list_defer`` names columns that the list does not need.

    A search finds rows in which one of ``search_fields`` starts with the term, which an index
    answers quickly. Override ``search`` for more.
    """

    change_list_template = "admin/paged_change_list.html"
    show_facets = ShowFacets.NEVER
    sortable_by = ()
    list_defer: ClassVar[tuple[str, ...]] = ()
    list_per_page = 50
    ordering: ClassVar[tuple[str, ...]] = ("-pk",)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return PagedChangeList

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """If the database cancels a slow query, show a message and the list without filters."""
        try:
            return super().changelist_view(request, extra_context)
        except (ValidationError, ValueError):
            return HttpResponseRedirect(f"{request.path}?e=1")
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) != _QUERY_CANCELED or not request.GET:
                raise
            messages.error(
                request,
                "The search took longer than the database allows. Narrow it, for example by wallet "
                "or by time.",
            )
            return HttpResponseRedirect(request.path)

    def response_action(
        self, request: HttpRequest, queryset: "QuerySet[Any]", *args: Any
    ) -> HttpResponse | None:
        """Actions apply to the rows that were ticked, never to a whole table."""
        if request.POST.get("select_across", "0") != "0":
            raise PermissionDenied
        return super().response_action(request, queryset, *args)

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> tuple["QuerySet[Any]", bool]:
        term = search_term.strip().replace("\0", "")
        return (queryset.filter(self.search(term)) if term else queryset), False

    def search(self, term: str) -> Q:
        """The conditions for a term. Each of them alone can use an index."""
        condition = Q(pk__in=())
        for name in self.search_fields:
            condition |= Q((f"{name}__startswith", term))
        return condition
