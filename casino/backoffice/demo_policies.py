"""The demo's limits per currency, low enough to be reached within a few minutes of play."""

from casino.backoffice.models import CurrencyPolicy

LARGE_WIN_MULTIPLE = 5
POLICIES = (("EUR", 10_000, 5_000), ("USD", 10_000, 5_000), ("INR", 1_000_000, 500_000))
"""Currency, "four eyes above" and "large win from"; amounts in minor units."""


def seed() -> None:
    """Add the missing rows; existing ones stay as they are."""
    for code, four_eyes_above, large_win_from in POLICIES:
        CurrencyPolicy.objects.get_or_create(
            currency_id=code,
            defaults={
                "four_eyes_above": four_eyes_above,
                "large_win_from": large_win_from,
                "large_win_multiple": LARGE_WIN_MULTIPLE,
            },
        )
