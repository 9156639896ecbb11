"""Django's ModelAdmin, with a place in the list of tables and lookups that reveal no secret."""

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django.contrib import admin, messages
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.views.main import ERROR_FLAG, SEARCH_VAR
from django.core.exceptions import FieldError
from django.db import DataError, ProgrammingError
from django.db.models import Model, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.forms import Media
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.text import capfirst

from config.backoffice.reading import READS, reads_replica
from config.backoffice.row_forms import ROW_AS_SHOWN, row_form, told_changes
from config.wire.encryption import secret_names

M = TypeVar("M", bound=Model)

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin
else:

    class ModelAdmin(admin.ModelAdmin):
        """Accepts its model in brackets like its stub, which Django's class does not."""

        def __class_getitem__(cls, _model):
            return cls


logger = logging.getLogger(__name__)

_NOT_COMPARABLE = (
    *(DataError, ProgrammingError),
    *(FieldError, IndexError, OverflowError, TypeError, ValueError),
)


class BaseAdmin(ModelAdmin[M]):
    """The base of the admins of all our tables.

    ``group`` is the heading in the list of tables. ``never_looked_up`` names columns that no query
    string may filter by: guesses would otherwise reveal a secret letter by letter. ``scripts`` are
    those of Django's scripts that the pages need.
    """

    group: ClassVar[tuple[int, str]] = (99, "Other")
    never_looked_up: ClassVar[tuple[str, ...]] = ()
    scripts: ClassVar[tuple[str, ...]] = (
        "vendor/jquery/jquery.min.js",
        "jquery.init.js",
        "core.js",
        "admin/RelatedObjectLookups.js",
        "actions.js",
    )
    show_full_result_count = False
    save_on_top = False

    @property
    def media(self) -> Media:
        """Omits the scripts that fill in one field from another: none of our forms needs them."""
        return Media(js=[f"admin/js/{name}" for name in self.scripts])

    @reads_replica
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Use the name of the table as the title, not "Select … to change".

        The database refuses to compare anything with a null character. Django lets a query string
        compare every column in every way, and finds out only when it asks the database.
        """
        title = capfirst(str(self.opts.verbose_name_plural))
        unfiltered = HttpResponseRedirect(f"{request.path}?{ERROR_FLAG}=1")
        if any("\0" in text for name, text in request.GET.items() if name != SEARCH_VAR):
            return unfiltered
        if ERROR_FLAG in request.GET:
            messages.warning(request, "That filter makes no sense, so the list is not filtered.")
        try:
            return super().changelist_view(request, {"title": title, **(extra_context or {})})
        except _NOT_COMPARABLE:
            if request.method not in READS or not request.GET or ERROR_FLAG in request.GET:
                raise
            logger.warning("A list was shown without its filter", exc_info=True)
            return unfiltered

    def get_queryset(self, request: HttpRequest) -> "QuerySet[M]":
        """A list reads no secrets of related rows: only their own pages show anything of them."""
        return super().get_queryset(request).defer(*self._secrets_of_related_rows())

    def _secrets_of_related_rows(self) -> Iterator[str]:
        paths: Any = self.list_select_related or ()
        for path in paths:
            names = path.split(LOOKUP_SEP)
            fields: list[Any] = get_fields_from_path(self.model, path)
            for depth, field in enumerate(fields, start=1):
                for secret in secret_names(field.related_model):
                    yield LOOKUP_SEP.join([*names[:depth], secret])

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> M | None:
        """No key has a null character, and the database refuses to look for one."""
        return None if "\0" in object_id else super().get_object(request, object_id, from_field)

    def get_form(
        self, request: HttpRequest, obj: M | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        return row_form(form) if change else form

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """A refused form keeps the digest that it was sent with, because it is no newer."""
        form = context["adminform"].form
        if context["original"] is not None and hasattr(form, "digest"):
            context[ROW_AS_SHOWN] = form.data.get(ROW_AS_SHOWN) or form.digest()
        return super().render_change_form(request, context, *args, **kwargs)

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        """Say what a change replaced; Django says only which fields changed."""
        if add:
            return super().construct_change_message(request, form, formsets, add)
        return told_changes(form, self.never_looked_up)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        if not set(self.never_looked_up).isdisjoint(lookup.split(LOOKUP_SEP)):
            return False
        return super().lookup_allowed(lookup, value, request)
