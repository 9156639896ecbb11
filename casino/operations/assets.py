"""Which assets the wallet service serves, kept in process for a short while.

A currency is an asset where ``is_asset`` says so; money like EUR is none of the wallet service's.
"""

import time
from dataclasses import dataclass

from casino.ledger.errors import Refusal
from casino.models import Currency

LIFE_SECONDS = 2.0


class AssetNotFound(Refusal):
    """There is no such asset."""


@dataclass(frozen=True, slots=True)
class Asset:
    """An asset goes by two codes; where it was given no short one, that is the long one again.

    Its amounts are integers of 10**-``exponent``; what is kept in process may be a moment old, so
    amounts of a wallet are converted by what is read with the wallet.
    """

    code: str
    short_code: str
    name: str
    exponent: int


@dataclass(frozen=True, slots=True)
class _Catalogue:
    """Every asset, as read at one time."""

    assets: tuple[Asset, ...]
    by_code: dict[str, Asset]
    read_at: float


_catalogue: _Catalogue | None = None


def all_assets() -> tuple[Asset, ...]:
    """Every asset as it is now, by code."""
    return _read().assets


def asset_of(code: str) -> Asset:
    """The asset of this code, long or short. Raises AssetNotFound."""
    known = _catalogue
    if known is None or time.monotonic() - known.read_at >= LIFE_SECONDS:
        known = _read()
    # What is kept may be a moment old: an asset that is new is found at the second try.
    asset = known.by_code.get(code) or _read().by_code.get(code)
    if asset is None:
        raise AssetNotFound("There is no such asset.")
    return asset


def _read() -> _Catalogue:
    global _catalogue  # noqa: PLW0603
    assets = tuple(
        Asset(currency.code, currency.short_code or currency.code, currency.name, currency.exponent)
        for currency in Currency.objects.filter(is_asset=True).order_by("code")
    )
    by_code = {asset.short_code: asset for asset in assets} | {a.code: a for a in assets}
    _catalogue = _Catalogue(assets, by_code, time.monotonic())
    return _catalogue
