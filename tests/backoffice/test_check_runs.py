"""The pages about checks tell differences from a comparison that was not possible."""

from importlib import import_module

from django.apps import apps
from django.db import connection
from django.utils import timezone

from config.backoffice.checks import remember
from config.backoffice.models import Check, CheckRun
from tests.admin.conftest import Person
from tests.admin.pages import text_of

REASON = "http://casino.example/casino/transactions: ConnectionError"
_TO_ITS_OWN_COLUMN = import_module("config.backoffice.migrations.0006_faults_of_checks")


def keep(**more: object) -> CheckRun:
    run = {"check": Check.RECONCILIATION, "began_at": timezone.now(), "looked_at": 0, "found": {}}
    return remember(**{**run, "scope": "demo-casino", "is_clean": False, **more})  # type: ignore[arg-type]


def test_a_comparison_that_stopped_half_way_says_what_it_had_found(boss: Person) -> None:
    keep(looked_at=500, found={"missing_at_casino": 2}, fault=REASON)
    listed = text_of(boss.get("/admin/reconciliation/"))
    assert "not compared completely 500" in listed
    assert f"{REASON}; missing at casino: 2" in listed
    front = text_of(boss.get("/admin/"))
    assert f"0 s ago, could not be compared completely: {REASON}" in front


def test_differences_are_still_called_differences(boss: Person) -> None:
    keep(looked_at=500, found={"missing_at_casino": 2})
    assert "differences 500 missing at casino: 2" in text_of(boss.get("/admin/reconciliation/"))
    assert "0 s ago, found differences" in text_of(boss.get("/admin/"))


def test_a_casino_that_agrees_does_not_hide_another_that_could_not_be_compared(
    boss: Person,
) -> None:
    began_at = timezone.now()
    keep(began_at=began_at, fault=REASON)
    keep(began_at=began_at, is_clean=True)
    assert f"could not be compared: {REASON}" in text_of(boss.get("/admin/"))

    keep(is_clean=True)
    assert "ago, clean" in text_of(boss.get("/admin/"))


def test_older_runs_get_their_reason_out_of_the_sums_and_back() -> None:
    sums = {"EUR": {"journal": {}, "casino": {}}}
    run = keep(totals={**sums, "not compared": REASON})
    with connection.schema_editor() as editor:
        _TO_ITS_OWN_COLUMN.move_out(apps, editor)
        run.refresh_from_db()
        assert (run.fault, run.totals) == (REASON, sums)
        _TO_ITS_OWN_COLUMN.move_back(apps, editor)
    run.refresh_from_db()
    assert run.totals == {**sums, "not compared": REASON}
