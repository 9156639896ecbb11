"""The casino as a Django app."""

from django.apps import AppConfig


class CasinoConfig(AppConfig):
    name = "casino"
    verbose_name = "Casino"

    money_table = "casino_wallets"
    """The table that the health checks read, because no money can move without it."""

    def ready(self) -> None:
        from casino import checks, metrics, start_page  # noqa: F401, PLC0415 - need the models
        from config.web.start import offer_from  # noqa: PLC0415 - needs the settings

        metrics.register()
        offer_from("casino", start_page.offer)
