"""Runs manage.py reconcile over what was played at a table, and reads its report."""

import json
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.provider.fake_casino import Booked
from tests.provider.table import Table

SCRIPT: dict[str, Any] = {"runId": "r1", "bets": [1000, 500], "wins": [700], "rollbackBet": 300}
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Outcome:
    """The command's exit status and report."""

    status: int
    report: dict[str, Any]

    @property
    def casino(self) -> dict[str, Any]:
        [only] = self.report["casinos"]
        return dict(only)

    @property
    def found(self) -> list[tuple[str, str]]:
        """The type and id of each difference, sorted."""
        return sorted((row["type"], row["transaction_id"] or "") for row in self.rows)

    @property
    def types(self) -> list[str]:
        return sorted({row["type"] for row in self.rows})

    @property
    def rows(self) -> list[dict[str, Any]]:
        return list(self.casino["differences"])

    def row(self, kind: str) -> dict[str, Any]:
        [only] = [row for row in self.rows if row["type"] == kind]
        return only

    def totals(self, side: str) -> dict[str, int]:
        return dict(self.casino["totals"]["EUR"][side])


def told(*arguments: str) -> tuple[int, str]:
    """Run the command; return its exit status and standard output."""
    out = StringIO()
    try:
        call_command("reconcile", *arguments, stdout=out)
    except SystemExit as ended:
        return int(str(ended.code)), out.getvalue()
    except CommandError as error:
        return error.returncode, out.getvalue()
    return 0, out.getvalue()


def reconcile(table: Table, *arguments: str, grace_seconds: float = 0) -> Outcome:
    code = table.session.casino.code
    options = ["--casino", code, "--grace-seconds", str(grace_seconds), "--json", "-"]
    status, out = told(*options, *arguments)
    return Outcome(status, json.loads(out))


def agree(table: Table) -> bool:
    outcome = reconcile(table)
    assert outcome.rows == []
    assert outcome.totals("journal") == outcome.totals("casino")
    return outcome.status == 0 and outcome.casino["agrees"] is True


@pytest.fixture
def played(table: Table) -> Table:
    """A table with two bets, a payout, and a bet that was rolled back."""
    assert table.simulate(**SCRIPT).body["consistent"] is True
    return table


def name(table: Table, rest: str) -> str:
    return table.name("r1", rest)


def at_casino(table: Table, rest: str) -> Booked:
    return table.casino.books[name(table, rest)]
