"""Casinos and games in the admin: secrets are never shown, and played games stay."""

import html
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client

from provider.models import (
    Casino,
    Game,
)
from tests.provider.admin.conftest import clerk, url
from tests.provider.table import PAY_TABLE, make_casino, make_game

# ---- partners and games --------------------------------------------------------------------


def casino_form(casino: Casino, **more: str) -> dict[str, str]:
    return {"name": casino.name, "base_url": casino.base_url, "enabled": "on", **more}


def test_a_secret_is_set_kept_and_dropped_and_never_shown(boss: Client) -> None:
    casino = make_casino("http://127.0.0.1:9")
    kept = casino.provider_secret
    page = url(Casino, "change", casino.pk)

    assert (
        boss.post(page, casino_form(casino, casino_secret="a new one entirely")).status_code == 302
    )
    casino.refresh_from_db()
    assert (casino.casino_secret, casino.provider_secret) == ("a new one entirely", kept)
    shown = boss.get(page).content.decode()
    assert "a new one entirely" not in shown
    assert "••••rely" in shown

    assert boss.post(page, casino_form(casino, **{"casino_secret-drop": "on"})).status_code == 302
    casino.refresh_from_db()
    assert (casino.casino_secret, casino.provider_secret) == ("", kept)


def test_who_may_only_look_sees_masks(rows: dict[type[Model], Any]) -> None:
    casino: Casino = rows[Casino]
    page = clerk("view_casino").get(url(Casino, "change", casino.pk)).content.decode()
    assert casino.casino_secret not in page
    assert casino.provider_secret not in page
    assert "••••" in page


@pytest.mark.parametrize(
    "address", ["nonsense", "ftp://casino.example", "http://casino/?a=1", "a b"]
)
def test_an_address_that_cannot_be_called_is_not_saved(boss: Client, address: str) -> None:
    casino = make_casino("http://127.0.0.1:9")
    page = boss.post(url(Casino, "change", casino.pk), casino_form(casino, base_url=address))
    assert "Enter an http(s) address." in page.content.decode()
    casino.refresh_from_db()
    assert casino.base_url == "http://127.0.0.1:9"


def test_a_code_is_given_once(boss: Client) -> None:
    casino = make_casino("http://127.0.0.1:9")
    boss.post(url(Casino, "change", casino.pk), casino_form(casino, code="another"))
    assert Casino.objects.get(pk=casino.pk).code == casino.code


def test_what_was_played_at_or_with_is_not_deleted(
    boss: Client, rows: dict[type[Model], Any]
) -> None:
    for model in (Casino, Game):
        page = url(model, "delete", rows[model].pk)
        assert boss.post(page, {"post": "yes"}).status_code == 403
    unused = make_casino("http://127.0.0.1:9")
    assert boss.post(url(Casino, "delete", unused.pk), {"post": "yes"}).status_code == 302
    assert not Casino.objects.filter(pk=unused.pk).exists()


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("pay_table", "{}", "This field is required."),
        ("pay_table", "7", "must be a list of at least one line"),
        ("pay_table", '[{"show": ["x"], "weight": 0, "pays": 1}]', "weight must be an integer"),
        ("pay_table", "{", "Enter a valid JSON."),
        ("stakes", "5,3", "Enter amounts above 0 in ascending order, each of them once."),
        ("stakes", "0,3", "Enter amounts above 0 in ascending order, each of them once."),
        ("stakes", "3,3", "Enter amounts above 0 in ascending order, each of them once."),
        ("stakes", "", "This field is required."),
    ],
)
def test_a_game_that_cannot_be_played_is_not_saved(
    boss: Client, field: str, value: str, message: str
) -> None:
    game = make_game()
    pays = '[{"show": ["x"], "weight": 1, "pays": 1}]'
    form = {"name": "x", "is_active": "on", "stakes": "1,2", "pay_table": pays}
    page = boss.post(url(Game, "change", game.pk), {**form, field: value})
    assert page.status_code == 200
    assert message in html.unescape(page.content.decode())
    game.refresh_from_db()
    assert game.pay_table == PAY_TABLE
    assert boss.post(url(Game, "change", game.pk), form).status_code == 302
    game.refresh_from_db()
    assert game.stakes == [1, 2]


def test_a_game_tells_its_return(boss: Client) -> None:
    game = make_game()
    page = html.unescape(boss.get(url(Game, "change", game.pk)).content.decode())
    assert "Returns 3/2 of all stakes." in page
    listed = boss.get(url(Game, "changelist"), {"q": game.game_id}).content.decode()
    assert "150.00 %" in listed
