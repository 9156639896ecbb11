"""`scripts/failover` notices what must not happen, and says so in its table."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.failover_cluster import __main__, ledger, programs, report
from scripts.failover_cluster.arguments import parse
from scripts.failover_cluster.cases import CASES, QUICK, Case
from scripts.failover_cluster.ledger import Verdict
from scripts.failover_cluster.load import NOT_KNOWN, TIMED_OUT, Sent
from scripts.failover_cluster.programs import NotInstalled
from scripts.failover_cluster.trial import WAYS, Outcome
from tests.casino_world import Play
from tests.servers import database_url

RIGHT = Verdict(
    acknowledged=1_200, missing=0, doubled=0, given_up=7, written_although_busy=0, audit=""
)
CASE = Case("kill", "it was killed", lambda _: 0.0)
GOOD = Outcome(
    CASE,
    silent_seconds=21.04,
    back_after_seconds=20.0,
    slowest_seconds=8.0,
    statuses=Counter({200: 1_200, 503: 9, TIMED_OUT: 3, NOT_KNOWN: 2}),
    verdict=RIGHT,
    undecided=0,
)


# ---- the ledger ---------------------------------------------------------------------------------
def sent(play: Play, amount: int, *, is_written: bool = True) -> Sent:
    """A bet, as the load remembers it when it was acknowledged."""
    fields = play.movement(amount)
    made = Sent(str(fields["transactionId"]), "/casino/debit", amount, b"", statuses=[200])
    if is_written:
        made.answer = play.send("debit", fields).body
    else:
        made.answer = {"balance": 100_000 - amount}
    return made


@pytest.fixture
def audits(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the audit of each judgement says; other tests share the database, so it is not run."""
    says = [""]
    monkeypatch.setattr(ledger, "audit", lambda _url, _environment: says[0])
    return says


def test_what_is_there_as_it_was_told_is_right(play: Play, audits: list[str]) -> None:
    verdict = ledger.judge(database_url(), [sent(play, 100), sent(play, 200)], {})
    assert verdict == replace(RIGHT, acknowledged=2, given_up=0)
    assert verdict.is_right()


def test_what_was_acknowledged_and_is_not_there_is_missing(play: Play, audits: list[str]) -> None:
    verdict = ledger.judge(database_url(), [sent(play, 100, is_written=False)], {})
    assert (verdict.missing, verdict.is_right()) == (1, False)


@pytest.mark.parametrize("field", ["amount", "balance"])
def test_another_amount_or_balance_is_as_good_as_missing(
    play: Play, audits: list[str], field: str
) -> None:
    told = sent(play, 100)
    if field == "amount":
        told.amount = 101
    else:
        told.answer = {"balance": 99_901}
    assert ledger.judge(database_url(), [told], {}).missing == 1


def test_what_was_written_although_it_got_busy_is_noticed(play: Play, audits: list[str]) -> None:
    written = sent(play, 100)
    written.answer, written.is_given_up, written.statuses = None, True, [503]
    verdict = ledger.judge(database_url(), [written], {})
    assert (verdict.given_up, verdict.written_although_busy) == (1, 1)
    assert not verdict.is_right()


def test_an_audit_that_fails_is_not_right(play: Play, audits: list[str]) -> None:
    audits[0] = "1 problem found"
    assert not ledger.judge(database_url(), [sent(play, 100)], {}).is_right()


# ---- a case -------------------------------------------------------------------------------------
def test_a_good_case_has_no_failures() -> None:
    assert list(GOOD.failures()) == []


@pytest.mark.parametrize(
    ("wrong", "failure"),
    [
        (replace(GOOD, verdict=replace(RIGHT, doubled=1)), "1 doubled"),
        (replace(GOOD, slowest_seconds=12.1), "a request took 12.1 s"),
        (replace(GOOD, back_after_seconds=30.1), "only after 30.1 s"),
        (replace(GOOD, undecided=1), "1 requests were never decided"),
        (replace(GOOD, statuses=Counter({200: 5, 404: 2})), "statuses 404"),
        (replace(GOOD, statuses=Counter({200: 5, 500: 1})), "statuses 500"),
    ],
)
def test_everything_that_must_not_be_is_a_failure(wrong: Outcome, failure: str) -> None:
    [told] = wrong.failures()
    assert failure in told


# ---- the table ----------------------------------------------------------------------------------
def test_the_table_shows_what_was_seen() -> None:
    assert report.table([GOOD]).splitlines()[-1] == (
        "| it was killed | 21.0 s | 20.0 s | 8.0 s |"
        " 503 × 9, time-out × 3, 500 (not known) × 2 |"
        " 1,200 acknowledged, none missing, none doubled; 0 of 7 `BUSY` written; audit clean |"
    )


def test_the_page_has_a_place_for_every_table(tmp_path: Path) -> None:
    page = tmp_path / "scaling.md"
    page.write_text(report.PAGE.read_text())
    for _ in range(2):
        report.write({way: f"table of {way}\n" for way in WAYS}, page)
    written = page.read_text()
    assert [written.count(f"table of {way}\n") for way in WAYS] == [1] * len(WAYS)
    without = written.partition("<!-- failover: hosts -->")[0].partition("<!-- end of failover")[2]
    assert "hosts" not in without
    with pytest.raises(ValueError, match="no marks for hosts"):
        report.with_table("# A page\n", "hosts", "")


# ---- the command --------------------------------------------------------------------------------
def test_it_takes_the_cases_that_it_is_told() -> None:
    assert [case.name for case in parse(["--quick"]).cases("haproxy")] == [*QUICK]
    assert [case.name for case in parse(["--only", "etcd,kill"]).cases("hosts")] == ["kill", "etcd"]
    assert parse([]).cases("haproxy") == [*CASES]
    assert [case for case in parse([]).cases("hosts") if case.needs_haproxy] == []
    with pytest.raises(SystemExit):
        parse(["--only", "flood"])


def test_a_missing_program_is_one_plain_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    monkeypatch.setattr("sys.argv", ["scripts/failover"])
    monkeypatch.setattr("signal.signal", lambda *_: None)  # this process keeps its own
    assert __main__.main() == 0
    assert capsys.readouterr().out.splitlines()[-1] == (
        "Skipped: etcd is not installed (on Debian: apt install etcd-server)"
    )


def test_an_old_pgbouncer_counts_as_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    old = tmp_path / "pgbouncer"
    old.write_text("#!/bin/sh\necho PgBouncer 1.18.0\n")
    old.chmod(0o755)
    monkeypatch.setenv(programs.PGBOUNCER_VARIABLE, str(old))
    with pytest.raises(NotInstalled, match=r"is 1\.18, and transaction mode needs 1\.21"):
        programs.pgbouncer()
