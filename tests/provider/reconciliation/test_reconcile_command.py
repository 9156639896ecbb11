"""manage.py reconcile: its arguments, its table for people, and its files for programs."""

import csv
import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from provider.models import GameRound, Run
from provider.reconciliation.report import COLUMNS
from tests.provider.reconciliation.reconciling import (
    name,
    played,
    reconcile,
    told,
)
from tests.provider.table import Table

__all__ = ["played"]  # a fixture is found by its name


# ---- the command --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "arguments",
    [
        ["--casino", "nobody"],
        ["--from", "2026-11-21T00:00:00Z", "--to", "2026-11-21T00:00:00Z"],
        ["--json", "-", "--csv", "-"],
        ["--json", "/nowhere/report.json"],
        ["--json", "/dev/full"],
    ],
)
def test_bad_arguments_are_no_comparison(played: Table, arguments: list[str]) -> None:
    assert told("--casino", played.session.casino.code, *arguments)[0] == 2


def test_a_casino_whose_code_is_no_text_is_said() -> None:
    """The shell passes on any bytes. Exit status 1 would mean that the books differ."""
    with pytest.raises(CommandError, match="--casino: must be one line of text"):
        call_command("reconcile", "--casino", "\udcff")


@pytest.mark.parametrize("length", ["nan", "-1", "1e300"])
def test_a_length_of_time_that_is_none_is_said(length: str) -> None:
    with pytest.raises(CommandError, match="--grace-seconds: must be a number of seconds from 0"):
        call_command("reconcile", "--grace-seconds", length)


@pytest.mark.parametrize("moment", ["yesterday", "2026-13-21", "2026-11-21T00:00:00"])
def test_a_time_that_is_none_is_said(moment: str) -> None:
    """The command line's parser says so; run as a command, it exits with status 2."""
    for option in ("--from", "--to"):
        with pytest.raises(CommandError, match=f"argument {option}: must be a date and time"):
            call_command("reconcile", option, moment)


def test_a_date_is_its_midnight(played: Table) -> None:
    today = datetime.now(UTC).date()
    span = ["--from", f"{today - timedelta(days=1)}", "--to", f"{today + timedelta(days=1)}"]
    outcome = reconcile(played, *span)
    assert (outcome.status, outcome.casino["compared"]) == (0, 5)
    with_offset = [f"--from={today}T00:00:00+23:59", f"--to={today + timedelta(days=2)}"]
    assert reconcile(played, *with_offset).casino["compared"] == 5
    assert reconcile(played, "--to", str(today - timedelta(days=1))).casino["compared"] == 0


def test_the_table_is_for_people(played: Table) -> None:
    del played.casino.books[name(played, "win-1")]
    status, out = told("--casino", played.session.casino.code, "--grace-seconds", "0")

    assert status == 1
    lines = [line.strip() for line in out.splitlines()]
    assert lines[0].startswith(played.session.casino.code)
    assert "5 transactions compared" in lines
    assert [line.split() for line in lines if line.startswith("EUR")] == [
        ["EUR", "debits", "1,800", "1,800", "0"],
        ["EUR", "credits", "700", "0", "700"],
        ["EUR", "rolled", "back", "300", "300", "0"],
        ["EUR", "net", "-800", "-1,500", "700"],
    ]
    assert "1  missing_at_casino" in lines
    assert f"missing_at_casino  {name(played, 'win-1')}" in lines
    assert any(line.startswith("→ ") and "--repair" in line for line in lines)


def test_the_table_says_what_was_repaired_and_what_is_left(played: Table) -> None:
    del played.casino.books[name(played, "win-1")]
    played.simulate(runId="r2", bets=[400], wins=[1])
    GameRound.objects.filter(round_id=played.name("r2", "round-1")).update(status="OPEN")
    code = played.session.casino.code
    status, out = told("--casino", code, "--grace-seconds", "0", "--repair")

    lines = [line.strip() for line in out.splitlines()]
    assert status == 1
    assert "1 repaired, 1 left" in lines
    assert f"→ repaired: {name(played, 'win-1')} was sent again" in lines
    assert f"open_round  {played.name('r2', 'round-1')}" in lines
    assert any(line.startswith("bets of 400 (EUR), player ") for line in lines)
    assert "→ left: its run was played to its end; the round is still open" in lines


def test_an_empty_window_is_said_to_be_empty(played: Table) -> None:
    """This happens right after the demo: everything played is newer than the window's end."""
    status, out = told("--casino", played.session.casino.code)
    assert status == 0
    assert "0 transactions compared" in out
    assert "Both sides agree." not in out
    assert "The window is empty" in out
    assert "--grace-seconds 0" in out
    assert (
        "Both sides agree."
        in told("--casino", played.session.casino.code, "--grace-seconds", "0")[1]
    )


def test_an_empty_window_of_the_past_has_nothing_newer_to_offer(played: Table) -> None:
    out = told("--casino", played.session.casino.code, "--to", "2026-01-02")[1]
    assert "The window is empty" in out
    assert "--grace-seconds" not in out


def test_files_have_what_the_table_has(played: Table, tmp_path: Path) -> None:
    del played.casino.books[name(played, "win-1")]
    files = {form: tmp_path / f"report.{form}" for form in ("json", "csv")}
    status, out = told(
        *("--casino", played.session.casino.code, "--grace-seconds", "0"),
        *(argument for form, file in files.items() for argument in (f"--{form}", str(file))),
    )
    assert (status, "missing_at_casino" in out) == (1, True)

    [result] = json.loads(files["json"].read_text())["casinos"]
    assert result["counts"]["missing_at_casino"] == sum(result["counts"].values()) == 1
    [row] = result["differences"]
    assert tuple(row) == COLUMNS
    [line] = csv.DictReader(StringIO(files["csv"].read_text()))
    assert line == {key: "" if value is None else str(value) for key, value in row.items()}
    assert row["repaired"] is None


@pytest.mark.parametrize(
    "round_id",
    [
        '=HYPERLINK("http://evil.example";"open")', "+1+1", "-2+3", "@SUM(1+1)", "＝1+1",
        "'=1+1", "harmless-1",
    ],
)  # fmt: skip
def test_a_spreadsheet_runs_nothing_of_the_csv(played: Table, round_id: str) -> None:
    """Somebody who moves money in our name chooses ids that people later open in a spreadsheet."""
    body = {
        "sessionToken": played.session.session_token,
        "transactionId": "theirs-1",
        "roundId": round_id,
        "amount": 25,
    }
    assert played.casino.answer("/casino/debit", body)[0] == 200
    code = played.session.casino.code
    status, out = told("--casino", code, "--grace-seconds", "0", "--csv", "-")

    assert status == 1
    [line] = csv.DictReader(StringIO(out))
    is_harmless = round_id.startswith(("harmless", "'"))
    assert line["round_id"] == (round_id if is_harmless else f"'{round_id}")
    assert line["casino_amount"] == "25"


def test_no_session_token_is_written(played: Table) -> None:
    del played.casino.books[name(played, "win-1")]
    outcome = reconcile(played)
    assert played.session.session_token not in json.dumps(outcome.report)
    assert Run.objects.filter(session=played.session).exists()


def test_sums_of_any_size_stay_apart(played: Table) -> None:
    largest = 2**63 - 1
    played.casino.shown = lambda page: {
        **page,
        "transactions": [{**row, "amount": largest} for row in page["transactions"]],
    }
    _, text = told("--grace-seconds", "0", "--casino", played.session.casino.code)
    (line,) = [line for line in text.splitlines() if "EUR debits" in line]
    assert line.split() == ["EUR", "debits", "1,800", f"{3 * largest:,}", f"{1800 - 3 * largest:,}"]
