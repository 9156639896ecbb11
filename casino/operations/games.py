"""Games that an aggregator plays and the casino has not heard of: entered when first seen.

Such a game takes every stake, and may be withdrawn in the catalogue like any other.
"""

from casino.models import Game, GameProvider

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
