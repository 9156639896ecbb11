"""The provider's admin shows what was played, changes none of it, and reveals no secret."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import msgspec
import pytest
from django.contrib.admin import site
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import connections, router
from django.db.models import F, Model
from django.forms import model_to_dict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.wire import encryption
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
from tests.provider.admin.conftest import clerk, rows_of, url
from tests.provider.misbehaviour import DROP_REQUEST
from tests.provider.table import Table, unique

PLAYED = (Customer, Session, Run, GameRound, Bet, BetAttempt)
ALL = (*PLAYED, Casino, Game)


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
    listed = f"{url(model, 'changelist')}?id={row.pk}"  # other tests' rows may fill a page
    for address in (listed, url(model, "change", row.pk)):
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


@pytest.mark.parametrize("model", [each for each in PLAYED if each is not Session])
def test_a_list_reads_no_secret(
    boss: Client, rows: dict[type[Model], Any], model: type[Model]
) -> None:
    """Of a session, its own list shows the beginning of the token. No other list needs it."""
    unread = patch.object(encryption, "decrypt", side_effect=AssertionError("decrypted"))
    with unread, CaptureQueriesContext(connections["default"]) as captured:
        assert boss.get(url(model, "changelist")).status_code == 200
    for query in captured.captured_queries:
        assert "secret" not in query["sql"]


@pytest.mark.parametrize("model", [Customer, Session, Run, GameRound, Bet])
def test_a_list_is_narrowed_to_a_casino(
    boss: Client, rows: dict[type[Model], Any], model: type[Model]
) -> None:
    casino: Casino = rows[Casino]
    page: Any = boss.get(url(model, "changelist"), {"casino__id__exact": casino.pk})
    assert {row.casino_id for row in page.context["cl"].result_list} == {casino.pk}
    assert casino.code in page.content.decode()


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


def test_the_page_of_a_run_shows_amounts_and_symbols_as_everywhere(
    boss: Client, rows: dict[type[Model], Any]
) -> None:
    run: Run = rows[Run]
    run.session.exponent = 2
    run.session.save()
    run.rollback_bet, run.shown = 700, [["coin", "key"]]
    run.save()
    page = boss.get(url(Run, "change", run.pk)).content.decode()
    shown = " ".join(re.sub("<[^>]+>", " ", page.partition("</main>")[0]).split())
    currency = run.session.currency
    assert f"Bets: 1.00 {currency} Wins: 0.50 {currency}" in shown
    assert f"Bet that is rolled back: 7.00 {currency}" in shown
    assert 'aria-label="coin, key"' in page


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


@pytest.mark.parametrize("levels", [101, 900, 960])
def test_answers_that_were_nested_too_deeply_are_still_shown(
    table: Table, boss: Client, levels: int
) -> None:
    """Such answers are no longer accepted, but rows of the past have them."""
    rows = rows_of(table)
    bet, attempt, run = rows[Bet], rows[BetAttempt], rows[Run]
    kept = {"status": "success", "code": "A", "balance": 5}
    answer = {**kept, "x": msgspec.Raw(b"[" * levels + b"]" * levels)}
    Bet.objects.filter(pk=bet.pk).update(response_cache=answer)
    BetAttempt.objects.filter(pk=attempt.pk).update(response=answer)
    for model in (Bet, BetAttempt, GameRound, Run):
        for page in (url(model, "change", rows[model].pk), url(model, "changelist")):
            assert boss.get(page).status_code == 200, page
    assert boss.get(f"/admin/open-rounds/{run.pk}/").status_code == 200
    found = Bet.objects.get(pk=bet.pk)
    assert {name: found.response_cache[name] for name in kept} == kept
    found.save(update_fields=["response_cache"])
    with connections[router.db_for_read(Bet)].cursor() as cursor:
        cursor.execute("SELECT response_cache::text FROM provider_bets WHERE id = %s", [bet.pk])
        assert cursor.fetchall() == [(msgspec.json.encode(answer).decode(),)]
    assert table.simulate(runId=run.run_id, bets=[100], wins=[50]).status == 200
