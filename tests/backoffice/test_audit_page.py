"""The page of the last audits, which runs one at once if the ledger is small."""

from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from config.backoffice.display import page_url
from config.backoffice.models import Check, CheckRun
from tests.admin.conftest import Person
from tests.admin.pages import text_of
from tests.casino_world import Play
from tests.ledger.tampering import tampering


def test_an_audit_is_made_and_kept(boss: Person, play: Play) -> None:
    play.bet(10)
    page = boss.post("/admin/audit/", follow=True)
    assert "Every invariant holds for" in text_of(page)
    run = CheckRun.objects.filter(check_kind=Check.AUDIT).latest("id")
    assert (run.is_clean, run.found, run.asked_by) == (True, {}, boss.operator.username)
    assert run.looked_at > 0


def test_a_break_is_counted_and_kept(boss: Person, play: Play) -> None:
    with tampering(play.wallet_pk) as superuser:
        superuser.run(
            "UPDATE casino_wallets SET playable_balance = playable_balance + 1 WHERE id = %s",
            play.wallet_pk,
        )
        page = boss.post("/admin/audit/", follow=True)
        out = StringIO()
        with pytest.raises(CommandError):
            call_command("audit_ledger", most=1, stdout=out, stderr=StringIO())
    assert "2 rows break an invariant." in text_of(page)
    assert out.getvalue().count("BROKEN") == 1
    for run in CheckRun.objects.filter(check_kind=Check.AUDIT).order_by("-id")[:2]:
        assert (run.is_clean, sum(run.found.values())) == (False, 2)
        own = text_of(boss.get(page_url(CheckRun, run.pk)))
        assert "differences" in own
        assert f"{run.looked_at:,}" in own


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


def test_one_that_takes_too_long_is_stopped_and_says_so(
    boss: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = ("a slow rule", "casino_wallets", "SELECT id, pg_sleep(60) FROM casino_wallets")
    monkeypatch.setattr("casino.ledger.audit.SET_CHECKS", (slow,))
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '300ms'")
    try:
        page = boss.post("/admin/audit/", follow=True)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET statement_timeout")
    assert "The audit was stopped because it took longer than a page may take." in text_of(page)
    assert "manage.py audit_ledger" in text_of(page)
