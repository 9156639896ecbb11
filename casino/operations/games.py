"""Games as a bet is held against them, kept in process for a short while.

An aggregator plays games that we have not heard of: one is entered in the catalogue when it is
first seen, takes every stake, and may be withdrawn there like any other.
"""

import time
from typing import NamedTuple

from casino.models import Game, GameProvider

AGGREGATOR = "aggregator"
"""The code of the provider that games are entered under."""

LIFE_SECONDS = 2.0
MOST_KEPT = 10_000


class GameTerms(NamedTuple):
    """What a game asks of a bet. Stakes in minor units; ``max_bet`` None: no bound."""

    provider_pk: int
    provider_is_enabled: bool
    code: str
    is_active: bool
    min_bet: int
    max_bet: int | None


_known: dict[str, tuple[GameTerms, float]] = {}
"""Terms by game code, and when they were read."""


def game_of(code: str) -> GameTerms:
    """A game's terms, at most two seconds old. A game that is not there is entered.

    Must be called with no wallet locked: of two that enter the same game one waits for the other.
    """
    kept = _known.get(code)
    if kept is not None and time.monotonic() - kept[1] < LIFE_SECONDS:
        return kept[0]
    terms = _read(code) or _enter(code)
    if len(_known) >= MOST_KEPT:
        _known.clear()
    _known[code] = (terms, time.monotonic())
    return terms


def forget_games() -> None:
    """Have them read again at the next use; to be called where a game or provider was changed."""
    _known.clear()


def _read(code: str) -> GameTerms | None:
    row = (
        Game.objects.filter(game_id=code)
        .values_list(
            "provider_id", "provider__enabled", "game_id", "is_active", "min_bet", "max_bet"
        )
        .first()
    )
    return None if row is None else GameTerms(*row)


def _enter(code: str) -> GameTerms:
    # It has no secrets: it calls over events alone.
    provider, _ = GameProvider.objects.get_or_create(
        code=AGGREGATOR, defaults={"name": "Aggregator"}
    )
    game = Game(game_id=code, name=code, provider=provider)
    Game.objects.bulk_create([game], ignore_conflicts=True)  # another may have been first
    terms = _read(code)
    assert terms is not None, "games are never deleted while they are played"
    return terms
