"""The page of the last audits, which runs one at once if the ledger is small."""

from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import call_command

from config.backoffice.models import Check, CheckRun
from tests.admin.conftest import Person
from tests.admin.pages import text_of
from tests.casino_world import Play


def test_an_audit_is_made_and_kept(boss: Person, play: Play) -> None:
    play.bet(10)
    page = boss.post("/admin/audit/", follow=True)
    assert "Every invariant holds over" in text_of(page)
    run = CheckRun.objects.filter(check_kind=Check.AUDIT).latest("id")
    assert (run.is_clean, run.found, run.asked_by) == (True, {}, boss.operator.username)
    assert run.looked_at > 0


def test_the_command_keeps_what_it_found() -> None:
    call_command("audit_ledger", stdout=StringIO(), stderr=StringIO())
    run = CheckRun.objects.filter(check_kind=Check.AUDIT).latest("id")
    assert (run.is_clean, run.asked_by) == (True, "")


def test_a_large_ledger_is_for_the_command(boss: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("casino.backoffice.audit_page.estimated_transactions", lambda: 10**7)
    assert "manage.py audit_ledger" in text_of(boss.get("/admin/audit/"))
    assert boss.post("/admin/audit/").status_code == 403


def test_it_is_for_those_who_may_see_checks(one_of_the: Callable[[str], Person]) -> None:
    assert one_of_the("Auditor").get("/admin/audit/").status_code == 200
    assert one_of_the("Support").get("/admin/audit/").status_code == 403
