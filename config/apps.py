from django.apps import AppConfig


class ProjectConfig(AppConfig):
    """What holds for the project as a whole: its checks."""

    name = "config"
    verbose_name = "Project"

    def ready(self) -> None:
        from config import checks  # noqa: F401, PLC0415 - registers them
