"""What the casino offers on the start page of a demonstration: wallets and games to try."""

from typing import Any

from django.conf import settings

from casino.demo_data import CURRENCIES, GAMES, OPENINGS


def offer() -> dict[str, Any]:
    """The data for the page, without assets: nobody can play with those."""
    if not settings.DEMO_MODE:
        return {}
    assets = {currency.code for currency in CURRENCIES if currency.is_asset}
    return {
        "may_try": settings.SIMULATE_ROUND,
        "wallets": [opening for opening in OPENINGS if opening.currency not in assets],
        "games": GAMES,
    }
