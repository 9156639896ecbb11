"""The admin's front page: our name on it, and tables under the headings they belong to."""

from itertools import groupby
from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.template.response import TemplateResponse

from config.backoffice.base import BaseAdmin
from config.backoffice.notices import notices

_TITLES = {
    frozenset({"casino"}): "Casino",
    frozenset({"provider"}): "Game provider",
}


class HouseAdminSite(AdminSite):
    """One site for whatever services this process serves."""

    index_title = "Tables"
    site_url = None

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.site_header = self.site_title = _TITLES.get(settings.SERVICES, "Casino and provider")

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        return super().index(request, {"notices": list(notices(request)), **(extra_context or {})})

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        """Django's list, ours first, an app's tables divided by the ``group`` of their admins."""
        apps = sorted(
            super().get_app_list(request, app_label),
            key=lambda app: app["app_label"] not in settings.SERVICES,
        )
        return [part for app in apps for part in self._divided(app)]

    def _divided(self, app: dict[str, Any]) -> list[dict[str, Any]]:
        models = sorted(app["models"], key=self._place)
        if {self._group(model) for model in models} == {BaseAdmin.group}:
            return [app]
        return [
            {**app, "name": f"{app['name']}: {group[1]}", "models": list(members)}
            for group, members in groupby(models, key=self._group)
        ]

    def _place(self, model: dict[str, Any]) -> tuple[tuple[int, str], int]:
        """By group; within it, as they were registered."""
        return self._group(model), list(self._registry).index(model["model"])

    def _group(self, model: dict[str, Any]) -> tuple[int, str]:
        admin = self._registry[model["model"]]
        return admin.group if isinstance(admin, BaseAdmin) else BaseAdmin.group
