"""The provider's admin: it shows what was played, writes none of it, and tells no secret."""

import html
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin import site
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import Permission
from django.contrib.auth.models import User as Operator
from django.db import connections
from django.db.models import F, Model
from django.forms import model_to_dict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from provider.models import (
    Bet,
    BetAttempt,
    Casino,
    Customer,
    Game,
    GameRound,
    Run,
    Session,
)
from tests.provider.fake_casino import DROP_REQUEST, FakeCasino
from tests.provider.table import PAY_TABLE, Table, lay_table, make_casino, make_game, unique

PLAYED = (Customer, Session, Run, GameRound, Bet, BetAttempt)
ALL = (*PLAYED, Casino, Game)


def url(model: type[Model], page: str, *keys: Any) -> str:
    return reverse(f"admin:provider_{model._meta.model_name}_{page}", args=keys)


def signed_in(operator: Operator) -> Client:
    client = Client()
    client.force_login(operator)
    return client


@pytest.fixture
def boss() -> Client:
    """A superuser: what is refused to this one is refused to all."""
    return signed_in(Operator.objects.create_superuser(unique("boss")))


def clerk(*permissions: str) -> Client:
    operator = Operator.objects.create_user(unique("clerk"), is_staff=True)
    operator.user_permissions.set(
        Permission.objects.filter(content_type__app_label="provider", codename__in=permissions)
    )
    assert operator.user_permissions.count() == len(permissions)
    return signed_in(operator)


@pytest.fixture(scope="module")
def rows(database: None) -> dict[type[Model], Any]:
    """A row of each table, all of one run. Tests leave them as they are."""
    with FakeCasino(secret="what the casino verifies").serving() as casino:
        return rows_of(lay_table(casino))


def rows_of(table: Table) -> dict[type[Model], Any]:
    assert table.simulate(runId=unique("run"), bets=[100], wins=[50]).status == 200
    run = Run.objects.get(session=table.session)
    bet = Bet.objects.filter(run=run).earliest("pk")
    return {
        Casino: table.session.casino,
        Game: table.session.game,
        Customer: table.session.customer,
        Session: table.session,
        Run: run,
        GameRound: bet.round,
        Bet: bet,
        BetAttempt: bet.attempts.get(),
    }


def everything(model: type[Model]) -> list[tuple[Any, ...]]:
    return list(model._default_manager.order_by("pk").values_list())


def form_of(row: Model) -> dict[str, Any]:
    return {name: value for name, value in model_to_dict(row).items() if value is not None}


Attempt = Callable[[Client, Any], Any]
TICKED: dict[str, Any] = {"action": "delete_selected", "index": "0", "post": "yes"}

ATTEMPTS: dict[str, Attempt] = {
    "add": lambda boss, row: boss.post(url(type(row), "add"), form_of(row)),
    "change": lambda boss, row: boss.post(url(type(row), "change", row.pk), form_of(row)),
    "delete": lambda boss, row: boss.post(url(type(row), "delete", row.pk), {"post": "yes"}),
    "delete in bulk": lambda boss, row: boss.post(
        url(type(row), "changelist"), {**TICKED, ACTION_CHECKBOX_NAME: [str(row.pk)]}
    ),
    "delete all": lambda boss, row: boss.post(
        url(type(row), "changelist"),
        {**TICKED, ACTION_CHECKBOX_NAME: [str(row.pk)], "select_across": "1"},
    ),
    "post to the list": lambda boss, row: boss.post(url(type(row), "changelist")),
    "post to the history": lambda boss, row: boss.post(url(type(row), "history", row.pk)),
}


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS)
@pytest.mark.parametrize("model", PLAYED)
def test_what_was_played_is_written_by_nobody(
    boss: Client, rows: dict[type[Model], Any], model: type[Model], attempt: Attempt
) -> None:
    before = everything(model)
    assert attempt(boss, rows[model]).status_code == 403
    assert everything(model) == before


def test_every_table_has_its_admin() -> None:
    ours = {model for model in site._registry if model._meta.app_label == "provider"}
    assert ours == set(ALL)
    for model in ours:
        admin = site._registry[model]
        assert admin.show_full_result_count is False


@pytest.mark.parametrize("model", ALL)
def test_its_pages_open_and_tell_no_secret(
    boss: Client, rows: dict[type[Model], Any], model: type[Model]
) -> None:
    session: Session = rows[Session]
    secrets = (
        session.session_token,
        session.launch_token,
        session.casino.casino_secret,
        session.casino.provider_secret,
    )
    row = rows[model]
    for address in (url(model, "changelist"), url(model, "change", row.pk)):
        page = boss.get(address)
        assert page.status_code == 200
        text = html.unescape(page.content.decode())
        assert str(row) in text or model is BetAttempt
        for secret in secrets:
            assert secret not in text


@pytest.mark.parametrize("model", PLAYED)
def test_lists_count_nothing_and_ask_no_row_for_more(
    boss: Client, rows: dict[type[Model], Any], table: Table, model: type[Model]
) -> None:
    def queries() -> list[str]:
        with CaptureQueriesContext(connections["default"]) as captured:
            assert boss.get(url(model, "changelist")).status_code == 200
        return [query["sql"] for query in captured.captured_queries]

    few = queries()
    assert not any("COUNT(" in sql for sql in few)
    for number in range(3):
        table.simulate(runId=unique(f"run-{number}"), bets=[1, 2, 3], wins=[1])
    assert len(queries()) == len(few)


@pytest.mark.parametrize(
    ("model", "term"),
    [
        (Customer, lambda rows: rows[Customer].player_id),
        (Session, lambda rows: rows[Session].provider_session_id[:12]),
        (Session, lambda rows: rows[Customer].player_id),
        (Run, lambda rows: rows[Run].run_id),
        (GameRound, lambda rows: rows[GameRound].round_id),
        (Bet, lambda rows: rows[Bet].transaction_id),
        (BetAttempt, lambda rows: rows[Bet].transaction_id),
        (Casino, lambda rows: rows[Casino].code),
        (Game, lambda rows: rows[Game].game_id),
    ],
)
def test_a_search_finds_by_id(
    boss: Client, rows: dict[type[Model], Any], model: type[Model], term: Callable[[Any], str]
) -> None:
    page: Any = boss.get(url(model, "changelist"), {"q": term(rows)})
    assert list(page.context["cl"].result_list) == [rows[model]]


def test_links_lead_from_the_player_to_every_call(
    boss: Client, rows: dict[type[Model], Any]
) -> None:
    def page(model: type[Model]) -> str:
        return boss.get(url(model, "change", rows[model].pk)).content.decode()

    assert url(Session, "change", rows[Session].pk) in page(Customer)
    assert url(Run, "change", rows[Run].pk) in page(Session)
    assert url(Bet, "change", rows[Bet].pk) in page(Run)
    assert url(GameRound, "change", rows[GameRound].pk) in page(Run)
    assert url(Bet, "change", rows[Bet].pk) in page(GameRound)
    assert url(BetAttempt, "change", rows[BetAttempt].pk) in page(Bet)
    assert url(Bet, "change", rows[Bet].pk) in page(BetAttempt)
    for model, name in ((Run, "session"), (Bet, "session"), (GameRound, "session")):
        page_: Any = boss.get(url(model, "changelist"), {name: rows[Session].pk})
        assert rows[model] in list(page_.context["cl"].result_list)


def test_what_recovery_could_not_end_is_put_before_a_person(
    boss: Client, table: Table, settings: Any
) -> None:
    table.casino.misbehave("credit", *[DROP_REQUEST] * 4)
    assert table.simulate(runId="r1", bets=[100], wins=[50]).status == 502
    [open_bet] = Bet.objects.filter(run=table.run("r1"), bet_type="CREDIT")

    def shown(model: type[Model]) -> list[Any]:
        page: Any = boss.get(url(model, "changelist"), {"for_a_person": "yes"})
        return list(page.context["cl"].result_list)

    assert open_bet not in shown(Bet)
    for rows in (Bet.objects.filter(run=table.run("r1")), Run.objects.filter(run_id="r1")):
        rows.update(created_at=F("created_at") - timedelta(hours=2))
    assert open_bet in shown(Bet)
    assert table.run("r1") in shown(Run)
    assert {bet.status for bet in shown(Bet)} <= {"PENDING", "UNKNOWN", "VOIDING"}

    front_page = boss.get(reverse("admin:index")).content.decode()
    assert f"{url(Bet, 'changelist')}?for_a_person=yes" in front_page
    assert "for_a_person" not in clerk("view_run").get(reverse("admin:index")).content.decode()
    settings.PROVIDER_RECOVERY_HOURS = 1_000_000
    assert "for_a_person" not in boss.get(reverse("admin:index")).content.decode()


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
