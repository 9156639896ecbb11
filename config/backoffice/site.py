"""The admin site: our title, a sidebar with sections, and a front page with cards."""

from itertools import groupby
from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, URLPattern, URLResolver, reverse

from config.backoffice.base import BaseAdmin
from config.backoffice.dashboard import cards
from config.backoffice.display import NOTHING
from config.backoffice.navigation import Link, Place, sections
from config.backoffice.notices import notices
from config.backoffice.own_pages import own_page_urls
from config.backoffice.reading import reads_replica
from config.books import names
from config.postgres import replica

_TITLES = {
    frozenset({"casino"}): "Casino",
    frozenset({"provider"}): "Game provider",
}
_SERVICES = ("casino", "provider")
_STAFF = (99, "staff")


class HouseAdminSite(AdminSite):
    """One site for all services that this process serves."""

    index_title = "Today"
    site_url = None
    empty_value_display = NOTHING
    enable_nav_sidebar = False  # Django's own; ours needs no script

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.site_header = self.site_title = _TITLES.get(settings.SERVICES, "Casino and provider")

    def get_urls(self) -> list[URLResolver | URLPattern]:
        return [*own_page_urls(), *super().get_urls()]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Every page writes an entry to the staff log."""
        from config.backoffice.staff_log import recorded  # noqa: PLC0415 - needs the models

        return recorded(super().admin_view(view, cacheable))

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context = super().each_context(request)
        context["source"] = replica.current()
        if context["has_permission"]:
            services = [name for name in _SERVICES if name in settings.SERVICES]
            tables, home = self._tables(context["available_apps"]), reverse("admin:index")
            context["navigation"] = list(sections(request, tables, services, home))
            context["current_page"] = request.path
            context["can_search_everything"] = _has_address("search")
            context["book"], context["books"] = settings.BOOK, names()
        return context

    @reads_replica
    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        context = {"notices": list(notices(request)), "cards": cards(request)}
        return super().index(request, {**context, **(extra_context or {})})

    def _tables(self, apps: list[dict[str, Any]]) -> list[tuple[Place, Link]]:
        return [
            ((_service_of(app["app_label"]), self._group(model)), _link(model))
            for app in apps
            for model in app["models"]
            if model["admin_url"]
        ]

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        """Django's list with our apps first; tables are divided by their admin's ``group``."""
        apps = sorted(
            super().get_app_list(request, app_label),
            key=lambda app: app["app_label"] not in settings.SERVICES,
        )
        return [part for app in apps for part in self._divided(app)]

    def _divided(self, app: dict[str, Any]) -> list[dict[str, Any]]:
        models = sorted(app["models"], key=self._place)
        if {self._group(model) for model in models} == {_STAFF}:
            return [app]
        return [
            {**app, "name": f"{app['name']}: {group[1]}", "models": list(members)}
            for group, members in groupby(models, key=self._group)
        ]

    def _place(self, model: dict[str, Any]) -> tuple[tuple[int, str], int]:
        """Sort by group, and within a group in the order of registration."""
        return self._group(model), list(self._registry).index(model["model"])

    def _group(self, model: dict[str, Any]) -> tuple[int, str]:
        admin = self._registry[model["model"]]
        return admin.group if isinstance(admin, BaseAdmin) else _STAFF


def _service_of(app_label: str) -> str:
    """The service that an app belongs to: for example, casino_reports belongs to the casino."""
    return next((name for name in _SERVICES if app_label.startswith(name)), app_label)


def _link(model: dict[str, Any]) -> Link:
    return Link(model["name"], model["admin_url"], is_table=True)


def _has_address(name: str) -> bool:
    try:
        reverse(f"admin:{name}")
    except NoReverseMatch:
        return False
    return True
