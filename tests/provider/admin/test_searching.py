"""The search box finds what the provider has; its pages show what the player saw."""

import re
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client
from pytest_django import Settings

from provider.models import Bet, Customer, Game, GameRound, Run, Session
from tests.provider.admin.conftest import clerk, url

NAMES: dict[type[Model], str] = {
    Session: "provider_session_id",
    Run: "run_id",
    GameRound: "round_id",
    Bet: "transaction_id",
    Customer: "player_id",
}


@pytest.mark.parametrize("model", NAMES)
def test_what_the_provider_has_is_found_by_its_id(
    boss: Client, rows: dict[type[Model], Any], model: type[Model]
) -> None:
    row = rows[model]
    found = boss.get("/admin/search/", {"q": getattr(row, NAMES[model])}, follow=True)
    pages = [each for each, _status in found.redirect_chain]
    assert pages == [url(model, "change", row.pk)] or (
        f'href="{url(model, "change", row.pk)}"' in found.content.decode()
    )


@pytest.mark.parametrize("model", [GameRound, Bet, Customer])
def test_it_opens_at_once_where_the_provider_is_alone(
    boss: Client, rows: dict[type[Model], Any], settings: Settings, model: type[Model]
) -> None:
    settings.SERVICES = {"provider"}
    row = rows[model]
    found = boss.get("/admin/search/", {"q": getattr(row, NAMES[model])})
    assert (found.status_code, found.headers["Location"]) == (302, url(model, "change", row.pk))


def test_it_is_found_by_those_who_may_see_rounds(rows: dict[type[Model], Any]) -> None:
    term = rows[Bet].transaction_id
    address = url(Bet, "change", rows[Bet].pk)
    assert address not in clerk("view_casino").get("/admin/search/", {"q": term}).content.decode()
    allowed = clerk("view_gameround").get("/admin/search/", {"q": term})
    assert address in allowed.content.decode()


def test_a_round_shows_the_symbols_that_the_player_saw(
    boss: Client, rows: dict[type[Model], Any]
) -> None:
    Run.objects.filter(pk=rows[Run].pk).update(shown=[["bell", "bar", "lemon"]])
    page = boss.get(url(GameRound, "change", rows[GameRound].pk)).content.decode()
    assert 'aria-label="bell, bar, lemon"' in page
    assert re.search(r'symbols\.svg[^"]*#lemon"', page)


def test_a_pay_table_that_is_none_is_said_in_the_list(
    boss: Client, rows: dict[type[Model], Any]
) -> None:
    game = rows[Game]
    Game.objects.filter(pk=game.pk).update(pay_table=[])
    try:
        listed = boss.get(url(Game, "changelist"), {"q": game.game_id})
        assert listed.status_code == 200
        assert f"{game.game_id}</a>" in listed.content.decode()
        assert 'class="pill bad"' in listed.content.decode()
    finally:
        Game.objects.filter(pk=game.pk).update(pay_table=game.pay_table)
