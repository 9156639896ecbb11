"""The admin app with our site instead of Django's, and the app that both admins share."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class HouseAdminConfig(AdminConfig):
    default_site = "config.backoffice.site.HouseAdminSite"


class BackofficeConfig(AppConfig):
    name = "config.backoffice"
    label = "backoffice"
    verbose_name = "Back office"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from config.backoffice import staff_admin, staff_log  # noqa: PLC0415 - needs the models

        staff_admin.take_over()
        staff_log.watch_the_door()
