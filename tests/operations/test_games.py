"""Games that an aggregator plays are added to the catalogue once, when they are first seen."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from casino.models import Game
from casino.operations import catalogue
from casino.operations.catalogue import AGGREGATOR, enter_game_if_new, forget_games
from tests.factories import GameFactory, unique


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    forget_games()


def test_a_game_of_the_catalogue_stays_as_it_is() -> None:
    game = GameFactory(min_bet=5, max_bet=50, is_active=False, provider__is_disabled=False)

    enter_game_if_new(game.provider_game_id)

    (found,) = Game.objects.filter(provider_game_id=game.provider_game_id)
    assert (found.provider_id, found.is_active) == (game.provider_id, False)
    assert (found.min_bet, found.max_bet) == (5, 50)


def test_an_unknown_game_is_entered_with_the_aggregator() -> None:
    code = unique("game")

    enter_game_if_new(code)

    entered = Game.objects.select_related("provider").get(provider_game_id=code)
    assert (entered.provider.code, entered.provider.is_disabled) == (AGGREGATOR, False)
    assert (entered.is_active, entered.min_bet, entered.max_bet) == (True, 1, None)


def test_a_game_that_was_seen_costs_no_query() -> None:
    game = GameFactory()

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            enter_game_if_new(game.provider_game_id)
        return len(captured)

    assert [queries(), queries()] == [1, 0]
    forget_games()
    assert queries() == 1


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "MOST_KEPT", 3)
    for _ in range(10):
        enter_game_if_new(unique("game"))
        assert len(catalogue.seen_codes) <= 3


def test_many_who_see_a_game_first_enter_it_once() -> None:
    code, start = unique("game"), Barrier(8)

    def see() -> None:
        try:
            connection.ensure_connection()
            start.wait()
            catalogue.enter(code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        for future in [pool.submit(see) for _ in range(8)]:
            future.result()

    assert Game.objects.filter(provider_game_id=code).count() == 1
