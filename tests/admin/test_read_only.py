"""Money tables are read-only in every way, even for a superuser."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Model
from django.forms import model_to_dict
from django.test import Client

from casino.models import GameSession, LedgerEntry, SimulationRun, Transaction, User, Wallet
from tests.admin.conftest import Person, clerk
from tests.admin.pages import adding_to, list_of, page_of
from tests.casino_world import Play
from tests.factories import unique

MONEY = (Wallet, Transaction, LedgerEntry, SimulationRun)


@pytest.fixture
def rows(play: Play) -> dict[type[Model], Any]:
    """A row of each table, all of one player."""
    assert play.debit(100).status == 200
    run = SimulationRun.objects.create(
        run_id=unique("run"), arguments={"bets": [100]}, session=play.session
    )
    bet = play.transactions()[-1]
    return {
        Wallet: play.wallet,
        Transaction: bet,
        LedgerEntry: bet.entries.order_by("pk").first(),
        SimulationRun: run,
        GameSession: play.session,
    }


def everything(model: type[Model]) -> list[tuple[Any, ...]]:
    return list(model._default_manager.order_by("pk").values_list())


def fields_of(row: Model) -> dict[str, Any]:
    """What a form for this row would send, with every amount doubled."""
    values = {
        name: value * 2 if isinstance(value, int) and not isinstance(value, bool) else value
        for name, value in model_to_dict(row).items()
    }
    return {name: value for name, value in values.items() if value is not None}


Attempt = Callable[[Person, Any], Any]

ATTEMPTS: dict[str, Attempt] = {
    "open the form to add": lambda boss, row: boss.get(adding_to(type(row))),
    "add": lambda boss, row: boss.post(adding_to(type(row)), fields_of(row)),
    "change": lambda boss, row: boss.post(page_of(row), fields_of(row)),
    "save as new": lambda boss, row: boss.post(page_of(row), {**fields_of(row), "_saveasnew": "1"}),
    "open the page to delete": lambda boss, row: boss.get(page_of(row, "delete")),
    "delete": lambda boss, row: boss.post(page_of(row, "delete"), {"post": "yes"}),
    "delete in bulk": lambda boss, row: boss.post(
        list_of(type(row)),
        {
            "action": "delete_selected",
            ACTION_CHECKBOX_NAME: [str(row.pk)],
            "index": "0",
            "post": "yes",
        },
    ),
    "delete in bulk, confirmed": lambda boss, row: boss.post(
        list_of(type(row)),
        {"action": "delete_selected", ACTION_CHECKBOX_NAME: [str(row.pk)], "post": "yes"},
    ),
    "delete all there are": lambda boss, row: boss.post(
        list_of(type(row)),
        {
            "action": "delete_selected",
            ACTION_CHECKBOX_NAME: [str(row.pk)],
            "select_across": "1",
            "index": "0",
            "post": "yes",
        },
    ),
    "edit in the list": lambda boss, row: boss.post(
        list_of(type(row)),
        {
            "form-TOTAL_FORMS": "1",
            "form-INITIAL_FORMS": "1",
            "form-0-id": str(row.pk),
            "form-0-playable_balance": "999999",
            "_save": "Save",
        },
    ),
    "post to the list": lambda boss, row: boss.post(list_of(type(row))),
    "post to the history": lambda boss, row: boss.post(page_of(row, "history")),
    "put to the page": lambda boss, row: boss.put(page_of(row), b"{}"),
    "delete the page": lambda boss, row: boss.delete(page_of(row)),
}


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS)
@pytest.mark.parametrize("model", MONEY)
def test_it_refuses_to_write_a_table_of_money(
    boss: Person, rows: dict[type[Model], Any], model: type[Model], attempt: Attempt
) -> None:
    before = everything(model)
    response = attempt(boss, rows[model])
    assert response.status_code == 403
    assert everything(model) == before


@pytest.mark.parametrize("model", MONEY)
def test_its_pages_offer_nothing_to_write(
    boss: Person, rows: dict[type[Model], Any], model: type[Model]
) -> None:
    for url in (list_of(model), page_of(rows[model])):
        page = boss.get(url)
        assert page.status_code == 200
        for offer in (
            b'name="_save"',
            b'name="action"',
            b'class="deletelink"',
            b'class="addlink"',
            b"_continue",
        ):
            assert offer not in page.content.split(b'id="content-start"')[1]


@pytest.mark.parametrize("model", MONEY)
def test_a_clerk_who_may_change_may_not(rows: dict[type[Model], Any], model: type[Model]) -> None:
    name = model._meta.model_name
    somebody = clerk(f"add_{name}", f"change_{name}", f"delete_{name}")
    before = everything(model)
    assert somebody.get(list_of(model)).status_code == 403  # it needs the permission to view
    assert somebody.post(page_of(rows[model]), fields_of(rows[model])).status_code == 403
    assert somebody.post(page_of(rows[model], "delete"), {"post": "yes"}).status_code == 403
    assert everything(model) == before


@pytest.mark.parametrize("model", MONEY)
def test_a_clerk_without_permission_sees_nothing(
    rows: dict[type[Model], Any], model: type[Model]
) -> None:
    somebody = clerk("view_game")
    assert somebody.get(list_of(model)).status_code == 403
    assert somebody.get(page_of(rows[model])).status_code == 403


@pytest.mark.parametrize(
    "attempt",
    ["open the form to add", "add", "change", "open the page to delete", "delete"],
)
def test_it_refuses_to_write_a_session(
    boss: Person, rows: dict[type[Model], Any], attempt: str
) -> None:
    before = everything(GameSession)
    assert ATTEMPTS[attempt](boss, rows[GameSession]).status_code == 403
    assert everything(GameSession) == before


def test_a_session_cannot_be_deleted_in_bulk(boss: Person, rows: dict[type[Model], Any]) -> None:
    before = everything(GameSession)
    response = ATTEMPTS["delete in bulk"](boss, rows[GameSession])
    assert b"delete_selected" not in boss.get(list_of(GameSession)).content
    assert response.status_code == 302  # back to the list: there is no such action
    assert everything(GameSession) == before


def test_a_player_cannot_be_deleted(boss: Person, play: Play) -> None:
    player = play.session.user
    assert boss.get(page_of(player, "delete")).status_code == 403
    assert boss.post(page_of(player, "delete"), {"post": "yes"}).status_code == 403
    ATTEMPTS["delete in bulk"](boss, player)
    ATTEMPTS["delete in bulk, confirmed"](boss, player)
    assert User.objects.filter(pk=player.pk).exists()
    assert b"delete_selected" not in boss.get(list_of(User)).content


def test_nobody_gets_in_without_signing_in(play: Play) -> None:
    stranger = Client(SERVER_NAME="localhost")
    for url in (list_of(Wallet), page_of(play.wallet), page_of(play.wallet, "adjust")):
        response = stranger.get(url)
        assert response.status_code == 302
        assert response.headers["Location"].startswith("/admin/login/")
