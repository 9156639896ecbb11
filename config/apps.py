"""The project as an app: its checks, and templates that belong to no service."""

import logging

from django.apps import AppConfig
from django.conf import settings

logger = logging.getLogger(__name__)


class ProjectConfig(AppConfig):
    name = "config"
    verbose_name = "Project"

    def ready(self) -> None:
        from config import checks  # noqa: F401, PLC0415 - registers them

        for name, meant in settings.UNKNOWN_VARIABLES:
            hint = f"; did you mean {meant}?" if meant else ""
            logger.warning(".env sets %s, which is not a setting%s", name, hint)
