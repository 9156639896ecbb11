"""The provider as a Django app."""

from django.apps import AppConfig


class ProviderConfig(AppConfig):
    name = "provider"
    verbose_name = "Game provider"

    def ready(self) -> None:
        from provider import checks, measures  # noqa: F401, PLC0415 - need the models

        measures.register()
