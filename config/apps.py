"""The project as an app of its own: its checks, and templates that belong to no service."""

from django.apps import AppConfig


class ProjectConfig(AppConfig):
    name = "config"
    verbose_name = "Project"

    def ready(self) -> None:
        from config import checks  # noqa: F401, PLC0415 - registers them
