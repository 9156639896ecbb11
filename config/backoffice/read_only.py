"""Tables that the admin shows and never writes: no form, no action and no POST gets through."""

from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from config.backoffice.base import BaseAdmin, M
from config.backoffice.reading import READS


class UneditableAdmin(BaseAdmin[M]):
    """Rows can only be viewed. Only actions that the subclass declares may change them."""

    scripts: ClassVar[tuple[str, ...]] = ("actions.js",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        """Requires the view permission itself: the change permission does not imply it here."""
        return request.user.has_perm(f"{self.opts.app_label}.view_{self.opts.model_name}")


class ReadOnlyAdmin(UneditableAdmin[M]):
    """Nobody can add, change, delete or bulk-edit rows.

    With permissions alone, a POST to the list would be answered as if it had done something. Here
    the answer is 403, as everywhere else.
    """

    actions = None
    scripts: ClassVar[tuple[str, ...]] = ()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        _refuse_writes(request)
        return super().changelist_view(request, extra_context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        _refuse_writes(request)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        raise PermissionDenied

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        _refuse_writes(request)
        return super().history_view(request, object_id, extra_context)


def _refuse_writes(request: HttpRequest) -> None:
    if request.method not in READS:
        raise PermissionDenied
