"""Open rounds at the provider: who owes whom; a person can ask again or roll back."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.contrib.auth.models import User as Operator

from config.backoffice.models import Check, CheckRun, StaffAction
from provider.models import Run, RunStatus
from provider.runs.open_runs import count_open, open_runs
from provider.runs.sending import send
from tests.admin.conftest import Person
from tests.admin.pages import text_of
from tests.factories import unique
from tests.provider.misbehaviour import DROP_REPLY, DROP_REQUEST
from tests.provider.runs.test_recovery import age
from tests.provider.runs.test_sending import begin, bet_of, journalled
from tests.provider.table import OPENING, Table

SCRIPT: dict[str, Any] = {"bets": [1000, 500], "wins": [700]}


@pytest.fixture(autouse=True)
def _nothing_left_open() -> None:
    Run.objects.exclude(status=RunStatus.FINISHED).update(
        status=RunStatus.FINISHED, outcome="refused"
    )


def somebody(role: str) -> Person:
    operator = Operator.objects.create_user(unique(role.lower()), is_staff=True)
    operator.groups.add(Group.objects.get(name=role))
    return Person(operator)


def leave_open(table: Table, operation: str, fault: Any = DROP_REQUEST, **script: Any) -> Run:
    run_id = unique("run")
    table.casino.misbehave(operation, *[fault] * 4)
    assert table.simulate(runId=run_id, **{**SCRIPT, **script}).status == 502
    return table.run(run_id)


def resolve(person: Person, run: Run, what: str, comment: str = "Asked the casino.") -> Any:
    url = f"/admin/open-rounds/{run.pk}/"
    return person.post(url, {what: "1", "comment": comment}, follow=True)


def test_a_payout_that_is_owed_is_listed_and_asked_for_again(table: Table) -> None:
    run = leave_open(table, "credit")
    (found,) = open_runs()
    assert (found.owed, found.amount) == (
        "The payout is owed to the player; the casino has not taken it", 700,
    )  # fmt: skip
    assert found.last_error
    assert count_open() == 1
    risk = somebody("Risk")
    listed = risk.get("/admin/open-rounds/")
    assert "The payout is owed to the player" in text_of(listed)
    assert f"/admin/open-rounds/{run.pk}/" in listed.content.decode()
    assert 'class="badge"' in listed.content.decode()
    assert "Now, 1 run " in text_of(listed)
    # A text such as "11 s" says nothing about the order of ages.
    assert [each.url for each in listed.context["table"].headers if each.title == "Open for"] == [
        ""
    ]
    in_order = risk.get("/admin/open-rounds/?sort=Player").content.decode()
    assert 'class="questions"' not in in_order, "there is nothing to ask"
    assert "Asked again: the run is over." in text_of(resolve(risk, run, "ask_again"))
    assert table.balance == OPENING - 1500 + 700
    assert list(open_runs()) == []
    entries = StaffAction.objects.filter(username=risk.operator.username, details__gt="")
    assert [entry.details for entry in entries] == ["Asked again: Asked the casino."]


def test_a_run_that_just_began_owes_nothing_yet(table: Table) -> None:
    run = begin(table)
    (found,) = open_runs()
    assert (found.run, found.bet, found.owed, found.amount) == (
        run, None, "Nothing was sent yet", 0,
    )  # fmt: skip
    send(run_pk=run.pk, operation=bet_of(run))
    (found,) = open_runs()
    assert found.bet == journalled(bet_of(run))
    assert (found.owed, found.amount, found.last_error) == (
        "The bet was taken; its result was not sent yet", bet_of(run).amount_minor, "",
    )  # fmt: skip


def test_a_run_that_does_not_exist_has_no_page() -> None:
    assert somebody("Risk").get("/admin/open-rounds/999999999/").status_code == 404


def test_a_bet_in_doubt_is_rolled_back(table: Table) -> None:
    run = leave_open(table, "credit", fault=DROP_REPLY, bets=[1000], wins=[0])
    resolve(somebody("Risk"), run, "roll_back")
    # The payout of 0 was made, which makes the bet final; the provider asks for it first.
    assert table.balance == OPENING - 1000
    assert list(open_runs()) == []


def test_a_bet_without_a_payout_is_given_back(table: Table) -> None:
    table.casino.misbehave("debit", *[DROP_REPLY] * 4)
    run = leave_open(table, "rollback", bets=[1000])
    assert table.balance == OPENING - 1000
    (found,) = open_runs()
    assert found.owed == "The stake is owed back to the player"
    age(table)
    assert "Rolled back: the run is over." in text_of(resolve(somebody("Risk"), run, "roll_back"))
    assert table.balance == OPENING


def test_a_casino_that_stays_silent_is_told_of(table: Table) -> None:
    run = leave_open(table, "credit")
    table.casino.misbehave("credit", *[DROP_REQUEST] * 8)
    assert "it is still open" in text_of(resolve(somebody("Risk"), run, "ask_again"))
    assert count_open() == 1


@pytest.mark.parametrize("role", ["Support", "Finance", "Auditor", "Compliance"])
def test_only_risk_resolves(table: Table, role: str) -> None:
    run = leave_open(table, "credit")
    asked = len(table.casino.asked)
    assert "may not resolve" in text_of(resolve(somebody(role), run, "ask_again"))
    assert len(table.casino.asked) == asked


def test_a_comment_is_needed(table: Table) -> None:
    run = leave_open(table, "credit")
    page = resolve(somebody("Risk"), run, "ask_again", comment="  ")
    assert "This field is required." in text_of(page)
    assert count_open() == 1


def test_the_front_page_says_how_calls_and_rounds_stand(table: Table, boss: Person) -> None:
    leave_open(table, "credit")
    text = text_of(boss.get("/admin/"))
    assert "Needs attention at the provider" in text
    assert "Open rounds at the provider 1, the oldest open for" in text


@pytest.fixture
def boss() -> Person:
    return Person(Operator.objects.create_superuser(unique("boss")))


def compare(person: Person, table: Table, **more: str) -> Any:
    first = last = table.session.created_at.date().isoformat()
    form = {"casino": table.session.casino.code, "first": first, "last": last, **more}
    return person.post("/admin/reconciliation/", form)


def test_a_reconciliation_is_shown_and_kept(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("provider.admin.reconciliation.GRACE", timedelta(seconds=-5))
    table.simulate(runId=unique("run"), bets=[1000], wins=[700])
    finance = somebody("Finance")
    page = compare(finance, table, compare="1")
    assert "Both sides agree" in text_of(page)
    run = CheckRun.objects.filter(check_kind=Check.RECONCILIATION).latest("id")
    assert (run.is_clean, run.asked_by) == (True, finance.operator.username)
    assert run.totals["EUR"]["journal"] == run.totals["EUR"]["casino"]
    assert "clean" in text_of(finance.get("/admin/reconciliation/"))


def test_a_reconciliation_that_was_not_possible_says_so_and_why(
    table: Table, boss: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("provider.admin.reconciliation.GRACE", timedelta(seconds=-5))
    table.simulate(runId=unique("run"), bets=[1000], wins=[700])
    table.casino.misbehave("transactions", *[DROP_REQUEST] * 4)
    said = text_of(compare(boss, table, compare="1"))
    run = CheckRun.objects.filter(check_kind=Check.RECONCILIATION).latest("id")
    assert (run.is_clean, run.looked_at, run.found, run.totals) == (False, 0, {}, {})
    assert "ConnectionError" in run.fault
    assert f"Could not be compared: {run.fault}" in said
    assert "No activity" not in said  # nobody has seen the other side's totals
    assert f"UTC not compared 0 {run.fault} {boss.operator.username}" in said
    mine = f"{table.session.casino.code}, "
    listed = text_of(boss.get("/admin/backoffice/checkrun/?verdict=not_compared"))
    assert f"0 not compared {boss.operator.username}" in listed
    assert mine in listed
    assert run.fault in text_of(boss.get(f"/admin/backoffice/checkrun/{run.pk}/change/"))
    assert mine not in text_of(boss.get("/admin/backoffice/checkrun/?verdict=differences"))
    assert (
        f"Last reconciliation with a casino 0 s ago, could not be compared: {run.fault}"
        in text_of(boss.get("/admin/"))
    )


def test_what_differs_is_shown_with_what_was_done_about_it(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("provider.admin.reconciliation.GRACE", timedelta(seconds=-5))
    table.simulate(runId="r1", bets=[1000], wins=[700])
    win, strange = table.name("r1", "win-1"), unique("theirs")
    table.casino.answer("/casino/debit", {
        "sessionToken": table.session.session_token, "transactionId": strange,
        "roundId": "another", "amount": 25,
    })  # fmt: skip
    del table.casino.books[win]
    finance = somebody("Finance")
    compared = text_of(compare(finance, table, compare="1"))
    assert f"missing at casino {win}" in compared
    assert f"missing at provider {strange} another — 25" in compared
    repaired = text_of(compare(finance, table, repair="1"))
    assert "the journal does not record what it never requested" in repaired
    assert win in table.casino.books
    again = text_of(compare(finance, table, compare="1"))
    assert f"missing at casino {win}" not in again
    run = CheckRun.objects.filter(check_kind=Check.RECONCILIATION).latest("id")
    assert (run.is_clean, run.found) == (False, {"missing_at_provider": 1})


def test_only_finance_repairs(table: Table) -> None:
    assert "may not repair" in text_of(compare(somebody("Auditor"), table, repair="1"))


@pytest.mark.parametrize(
    "dates", [("x", "y"), ("2026-02-01", "2026-01-01"), ("2020-01-01", "2026-01-01")]
)
def test_a_window_that_makes_no_sense_is_said(table: Table, boss: Person, dates: Any) -> None:
    page = compare(boss, table, first=dates[0], last=dates[1])
    assert "Choose a casino and up to 31 days." in text_of(page)
