"""The casino as a Django app."""

from django.apps import AppConfig


class CasinoConfig(AppConfig):
    name = "casino"
    verbose_name = "Casino"

    def ready(self) -> None:
        from casino import checks, measures  # noqa: F401, PLC0415 - need the models

        measures.register()
