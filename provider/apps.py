"""The provider as a Django app."""

from django.apps import AppConfig


class ProviderConfig(AppConfig):
    name = "provider"
    verbose_name = "Game provider"

    def ready(self) -> None:
        from provider import measures  # noqa: PLC0415 - needs the models

        measures.register()
