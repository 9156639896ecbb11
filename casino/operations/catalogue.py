"""The games of aggregators and the assets of the wallet service.

A currency is an asset if ``is_asset`` is true; the wallet service does not handle money like EUR.
Cached values may be a moment old. Nothing that an operation's decision depends on is cached.
"""

from dataclasses import dataclass

from casino.ledger.errors import Refusal
from casino.models import Currency, Game, GameProvider
from casino.operations.kept import Kept

AGGREGATOR = "aggregator"
"""The code of the provider that new games are entered under."""

MOST_KEPT = 10_000

seen_codes: set[str] = set()
"""Codes of games that this process has found in the catalogue. Limits and states of games are not
cached: each bet reads them under the wallet's lock."""


def enter_game_if_new(code: str) -> None:
    """Enter a game in the catalogue if it is not there.

    Call this while no wallet is locked: if two callers enter the same game, one waits.
    """
    if code in seen_codes:
        return
    if not Game.objects.filter(provider_game_id=code).exists():
        enter(code)
    if len(seen_codes) >= MOST_KEPT:
        seen_codes.clear()
    seen_codes.add(code)


def forget_games() -> None:
    """Look up each game again at its next use. Call this after a game was removed."""
    seen_codes.clear()


def enter(code: str) -> None:
    # It sends only events. Without secrets, it can send no callbacks and we cannot call it.
    provider, _ = GameProvider.objects.get_or_create(
        code=AGGREGATOR, defaults={"name": "Aggregator"}
    )
    game = Game(provider_game_id=code, name=code, provider=provider)
    Game.objects.bulk_create([game], ignore_conflicts=True)  # another process may have been first


class AssetNotFound(Refusal):
    """There is no such asset."""


@dataclass(frozen=True, slots=True)
class Asset:
    """An asset has two codes. If it was given no short code, both are the same.

    Its amounts are integers; the unit is 10**-``exponent``. This object may be a moment old, so
    amounts of a wallet are converted with the exponent that is read together with the wallet.
    """

    code: str
    short_code: str
    name: str
    exponent: int


@dataclass(frozen=True, slots=True)
class _Catalogue:
    """Every asset, read at one time."""

    assets: tuple[Asset, ...]
    by_code: dict[str, Asset]


def all_assets() -> tuple[Asset, ...]:
    """Every asset as it is now, by code."""
    return _catalogue.fresh().assets


def asset_of(code: str) -> Asset:
    """The asset of this code, long or short. Raises AssetNotFound."""
    # The cache may be a moment old: the second lookup finds a new asset.
    asset = _catalogue.value().by_code.get(code) or _catalogue.fresh().by_code.get(code)
    if asset is None:
        raise AssetNotFound("There is no such asset.")
    return asset


def _read() -> _Catalogue:
    assets = tuple(
        Asset(currency.code, currency.short_code or currency.code, currency.name, currency.exponent)
        for currency in Currency.objects.filter(is_asset=True).order_by("code")
    )
    by_code = {asset.short_code: asset for asset in assets} | {a.code: a for a in assets}
    return _Catalogue(assets, by_code)


_catalogue = Kept(_read)
