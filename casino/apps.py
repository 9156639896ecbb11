"""The casino as a Django app."""

from django.apps import AppConfig


class CasinoConfig(AppConfig):
    name = "casino"
    verbose_name = "Casino"

    def ready(self) -> None:
        from casino import measures  # noqa: PLC0415 - needs the models

        measures.register()
