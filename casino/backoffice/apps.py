"""The casino's back office as a Django app."""

from django.apps import AppConfig


class CasinoBackofficeConfig(AppConfig):
    name = "casino.backoffice"
    label = "casino_backoffice"
    verbose_name = "Casino back office"

    def ready(self) -> None:
        from casino.backoffice import pages  # noqa: PLC0415 - needs the models

        pages.register()
