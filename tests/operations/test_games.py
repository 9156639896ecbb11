"""Terms of games: kept for a moment, entered where there are none."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from casino.models import Game
from casino.operations import games
from casino.operations.games import AGGREGATOR, GameTerms, forget_games, game_of
from tests.factories import GameFactory, unique


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    forget_games()


def test_a_game_of_the_catalogue_has_its_own_terms() -> None:
    game = GameFactory(min_bet=5, max_bet=50, is_active=False, provider__enabled=False)
    assert game_of(game.game_id) == GameTerms(
        provider_pk=game.provider_id,
        provider_is_enabled=False,
        code=game.game_id,
        is_active=False,
        min_bet=5,
        max_bet=50,
    )


def test_an_unknown_game_is_entered_with_the_aggregator() -> None:
    code = unique("game")

    terms = game_of(code)

    entered = Game.objects.select_related("provider").get(game_id=code)
    assert entered.provider.code == AGGREGATOR
    assert terms == GameTerms(entered.provider_id, True, code, True, 1, None)


def test_terms_are_read_once_in_two_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    game = GameFactory()
    now = [1_000.0]
    monkeypatch.setattr(games.time, "monotonic", lambda: now[0])

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            game_of(game.game_id)
        return len(captured)

    counts = [queries(), queries()]
    now[0] += 1.99
    counts.append(queries())
    Game.objects.filter(pk=game.pk).update(is_active=False)
    now[0] += 0.02
    counts.append(queries())

    assert counts == [1, 0, 0, 1]
    assert not game_of(game.game_id).is_active


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(games, "MOST_KEPT", 3)
    for _ in range(10):
        game_of(unique("game"))
        assert len(games._known) <= 3


def test_two_who_see_a_game_first_enter_it_once() -> None:
    code, start = unique("game"), Barrier(8)

    def see() -> GameTerms:
        try:
            connection.ensure_connection()
            start.wait()
            return games._read(code) or games._enter(code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        seen = {future.result() for future in [pool.submit(see) for _ in range(8)]}

    assert len(seen) == 1
    assert Game.objects.filter(game_id=code).count() == 1
