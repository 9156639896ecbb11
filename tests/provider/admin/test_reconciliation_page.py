"""The back office's page for reconciliations: compare, repair, and what was compared before."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User as Operator

from config.backoffice.models import Check, CheckRun
from tests.admin.conftest import Person
from tests.admin.pages import text_of
from tests.factories import unique
from tests.provider.admin.test_open_rounds import somebody
from tests.provider.misbehaviour import DROP_REQUEST
from tests.provider.table import Table


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
