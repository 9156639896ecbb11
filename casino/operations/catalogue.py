"""What is played and what is held: games of aggregators, and the assets of the wallet service.

A currency is an asset where ``is_asset`` says so; money like EUR is none of the wallet service's.
What is kept in the process may be a moment old. Nothing that an operation is judged by is kept.
"""

from dataclasses import dataclass

from casino.ledger.errors import Refusal
from casino.models import Currency, Game, GameProvider
from casino.operations.kept import Kept

AGGREGATOR = "aggregator"
"""The code of the provider that games are entered under."""

MOST_KEPT = 10_000

_seen: set[str] = set()
"""Codes of games that this process has found in the catalogue. What a game asks of a bet is not
kept: that is read with each bet, under the wallet's lock."""


def enter_game_if_new(code: str) -> None:
    """Enter a game in the catalogue if it is not there.

    Call this with no wallet locked: of two that enter the same game, one waits for the other.
    """
    if code in _seen:
        return
    if not Game.objects.filter(provider_game_id=code).exists():
        _enter(code)
    if len(_seen) >= MOST_KEPT:
        _seen.clear()
    _seen.add(code)


def forget_games() -> None:
    """Look each of them up again at its next use; to be called where one is gone."""
    _seen.clear()


def _enter(code: str) -> None:
    # It calls over events alone: without secrets, no callback and no call of ours goes by its name.
    provider, _ = GameProvider.objects.get_or_create(
        code=AGGREGATOR, defaults={"name": "Aggregator"}
    )
    game = Game(provider_game_id=code, name=code, provider=provider)
    Game.objects.bulk_create([game], ignore_conflicts=True)  # another may have been first


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


def all_assets() -> tuple[Asset, ...]:
    """Every asset as it is now, by code."""
    return _catalogue.fresh().assets


def asset_of(code: str) -> Asset:
    """The asset of this code, long or short. Raises AssetNotFound."""
    # What is kept may be a moment old: an asset that is new is found at the second try.
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
