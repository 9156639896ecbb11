"""The provider as a Django app."""

from django.apps import AppConfig


class ProviderConfig(AppConfig):
    name = "provider"
    verbose_name = "Game provider"

    money_table = "provider_bets"
    """The table that the health checks read, because no money moves without it."""

    def ready(self) -> None:
        from config.web.health import warn_from  # noqa: PLC0415 - needs the settings
        from provider import alarm, checks, metrics  # noqa: F401, PLC0415 - need the models

        metrics.register()
        warn_from(alarm.warnings)
