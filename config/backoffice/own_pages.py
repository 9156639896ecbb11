"""Our own pages in the admin's frame, with its sign-in, named permissions and an address each."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, NamedTuple

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views import View


class Crumb(NamedTuple):
    """A page above this one."""

    label: str
    url: str


class OwnPage(View):
    """Requires all ``permissions`` and renders the page in the admin's frame."""

    permissions: ClassVar[tuple[str, ...]]
    template: ClassVar[str]
    title: ClassVar[str] = ""
    http_method_names = ["get", "head", "options"]
    takes_any_text: ClassVar[bool] = False
    """Whether the page handles null characters itself. The database refuses them."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.has_perms(self.permissions):
            raise PermissionDenied
        if not self.takes_any_text and _has_null(request.GET, request.POST):
            raise Http404("Names cannot contain a null character.")
        return super().dispatch(request, *args, **kwargs)

    def page(
        self,
        request: HttpRequest,
        *,
        title: str = "",
        crumbs: Iterable[Crumb] = (),
        status: int = 200,
        **context: Any,
    ) -> HttpResponse:
        return TemplateResponse(
            request,
            self.template,
            {
                **admin.site.each_context(request),
                "title": title or self.title,
                "crumbs": list(crumbs),
                **context,
            },
            status=status,
        )


def _has_null(*given: QueryDict) -> bool:
    return any("\0" in str(value) for each in given for _, of in each.lists() for value in of)


class _Registered(NamedTuple):
    address: str
    view: Callable[..., HttpResponseBase]
    name: str


_registered: list[_Registered] = []


def own_page(address: str, name: str) -> Callable[[type[OwnPage]], type[OwnPage]]:
    """Serve a page below the admin's address, with the URL name ``admin:<name>``."""

    def register(page: type[OwnPage]) -> type[OwnPage]:
        _registered.append(_Registered(address, page.as_view(), name))
        return page

    return register


def own_page_urls() -> list[URLPattern]:
    wrap: Callable[..., Any] = admin.site.admin_view
    return [path(each.address, wrap(each.view), name=each.name) for each in _registered]
