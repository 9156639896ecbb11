"""Recovery finishes what was left open: it makes payouts, and retries bets or rolls them back."""

import itertools
import os
import signal
import threading
import time
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.db.models import F
from django.db.models.functions import Now

from provider.models import BetAttempt, Run, RunKind, RunStatus
from provider.runs import driver, recovery
from provider.runs.recovery import Recovered, recover
from provider.runs.spin import spin
from tests.provider.fake_casino import FakeCasino
from tests.provider.misbehaviour import DROP_REPLY, DROP_REQUEST
from tests.provider.runs.test_concurrent_runs import at_once
from tests.provider.table import OPENING, Answer, Table, lay_table

SCRIPT: dict[str, Any] = {"runId": "r1", "bets": [1000, 500], "wins": [700], "rollbackBet": 300}


@pytest.fixture(autouse=True)
def _nothing_left_open() -> None:
    """Finish the runs that other tests left open at casinos that no longer exist."""
    Run.objects.exclude(status=RunStatus.FINISHED).update(
        status=RunStatus.FINISHED, outcome="refused"
    )


def leave_open(table: Table, operation: str, **arguments: Any) -> None:
    """Let a run stop at ``operation`` because the casino is silent, and let a minute go by."""
    table.casino.misbehave(operation, *[DROP_REQUEST] * 4)
    assert table.simulate(**{**SCRIPT, **arguments}).status == 502
    age(table)


def age(table: Table) -> None:
    runs = Run.objects.filter(session=table.session)
    runs.update(touched_at=F("touched_at") - timedelta(minutes=1))


def open_runs(table: Table) -> int:
    runs = Run.objects.filter(session=table.session).exclude(status=RunStatus.FINISHED)
    return runs.count()


def test_a_payout_is_paid_and_the_script_played_to_its_end(table: Table) -> None:
    leave_open(table, "credit")
    assert recover() == Recovered(finished=1, left_open=0)

    assert table.balance == OPENING - 800
    assert table.rounds("r1") == ["SETTLED", "VOID"]
    run = table.run("r1")
    assert (run.status, run.outcome) == ("FINISHED", "completed")
    assert run.closing_balance == OPENING - 800
    assert recover() == Recovered(0, 0)
    [request_id] = {asked.headers["x-request-id"] for asked in table.casino.asked[-4:]}
    attempt = BetAttempt.objects.filter(bet__run=run).latest("pk")
    assert attempt.request_id == request_id != ""


def test_a_rollback_is_repeated_until_it_is_answered(table: Table) -> None:
    leave_open(table, "rollback")
    assert table.rounds("r1") == ["SETTLED", "OPEN"]
    assert recover() == Recovered(1, 0)
    assert table.rounds("r1") == ["SETTLED", "VOID"]
    assert table.balance == OPENING - 800


def test_a_bet_without_answer_is_rolled_back(table: Table) -> None:
    table.casino.misbehave("debit", *[DROP_REPLY] * 4)
    leave_open(table, "rollback")
    assert table.balance == OPENING - 1000
    assert recover() == Recovered(1, 0)
    assert table.balance == OPENING
    assert table.statuses("r1") == [("DEBIT", "VOIDED"), ("ROLLBACK", "ACCEPTED")]
    assert table.rounds("r1") == ["VOID"]


def test_a_bet_whose_process_died_is_retried(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def die(**_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("provider.runs.journal.record", die)
        with pytest.raises(Killed):
            table.simulate(**SCRIPT)
    age(table)
    assert table.statuses("r1") == [("DEBIT", "PENDING")]
    assert table.balance == OPENING - 1000

    assert recover() == Recovered(1, 0)
    assert table.run("r1").outcome == "completed"
    assert table.balance == OPENING - 800


def test_an_abandoned_spin_is_not_begun_behind_the_players_back(table: Table) -> None:
    table.casino.misbehave("debit", *[DROP_REQUEST] * 4)
    table.casino.misbehave("rollback", *[DROP_REQUEST] * 4)
    with pytest.raises(driver.CasinoSilent):
        spin(session=table.session, spin_id="s1", stake_minor=1000)
    age(table)
    assert recover() == Recovered(1, 0)
    run = Run.objects.get(session=table.session)
    assert (run.kind, run.outcome) == (RunKind.SPIN, "refused")
    assert table.balance == OPENING
    assert len(table.casino.moved("debit")) == 0


def test_a_spin_that_was_staked_is_paid(table: Table) -> None:
    """The draw was made, so the payout is owed even if nobody looks at the page any more."""
    table.session.game.pay_table = [{"show": ["seven"], "weight": 1, "pays": 300}]
    table.casino.misbehave("credit", *[DROP_REQUEST] * 4)
    with pytest.raises(driver.CasinoSilent):
        spin(session=table.session, spin_id="s1", stake_minor=1000)
    age(table)
    assert recover() == Recovered(1, 0)
    assert Run.objects.get(session=table.session).outcome == "completed"
    assert table.balance == OPENING + 2000


def test_what_somebody_is_playing_now_is_left_alone(table: Table) -> None:
    table.casino.misbehave("credit", *[DROP_REQUEST] * 4)
    table.simulate(**SCRIPT)
    assert recover() == Recovered(0, 0)
    assert recover(grace_seconds=0) == Recovered(1, 0)


@pytest.mark.parametrize("ahead", [timedelta(minutes=5), timedelta(hours=1), timedelta(days=2)])
def test_a_run_touched_in_the_future_is_taken_up(table: Table, ahead: timedelta) -> None:
    """The clock was set back."""
    leave_open(table, "credit")
    Run.objects.filter(session=table.session).update(touched_at=Now() + ahead)
    assert recover() == Recovered(1, 0)


def test_a_clock_set_back_during_a_pass_does_not_keep_it_going_round(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the time at which the pass began, a run that stays open looks untouched again at once."""
    leave_open(table, "credit")
    now = recovery.database_time()
    asked: list[None] = []

    def stopping() -> bool:
        asked.append(None)
        return len(asked) > 10

    with monkeypatch.context() as set_back:
        set_back.setattr(recovery, "database_time", lambda: now + timedelta(hours=1))
        set_back.setattr(recovery, "play_on", fail)
        assert recover(stopping=stopping) == Recovered(0, 1)

    assert recover(grace_seconds=0) == Recovered(1, 0)


def fail(_run: Run) -> None:
    raise RuntimeError


def test_a_silent_casino_keeps_its_runs_open_and_holds_nobody_up(casino: FakeCasino) -> None:
    silent, talking = lay_table(casino), lay_table(casino)
    for number in range(5):
        leave_open(silent, "credit", runId=f"r{number}")
    leave_open(talking, "credit")
    type(silent.session.casino).objects.filter(pk=silent.session.casino_id).update(
        base_url="http://127.0.0.1:9"
    )
    assert recover() == Recovered(finished=1, left_open=recovery.MOST_SILENCES)
    assert open_runs(silent) == 5
    assert open_runs(talking) == 0

    type(silent.session.casino).objects.filter(pk=silent.session.casino_id).update(
        base_url=casino.url
    )
    age(silent)
    assert recover() == Recovered(finished=5, left_open=0)
    assert silent.balance == OPENING - 5 * 800


def test_one_run_that_cannot_be_read_holds_nobody_up(
    casino: FakeCasino, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = lay_table(casino), lay_table(casino)
    leave_open(bad, "credit")
    leave_open(good, "credit")
    play = driver.play

    def play_or_fail(*, run_pk: int, **options: Any) -> Any:
        if run_pk == bad.run("r1").pk:
            raise ValueError("a fault of the program")
        return play(run_pk=run_pk, **options)

    monkeypatch.setattr(driver, "play", play_or_fail)
    assert recover() == Recovered(finished=1, left_open=1)
    assert open_runs(bad) == 1


def test_several_recoveries_share_the_work_and_double_none(casino: FakeCasino) -> None:
    tables = [lay_table(casino) for _ in range(12)]
    for number, table in enumerate(tables):
        leave_open(table, ("credit", "rollback")[number % 2])
    asked_before = len(casino.requests("credit")) + len(casino.requests("rollback"))
    results = at_once(4, recover)

    assert sum(result.finished for result in results) == 12
    assert sum(result.left_open for result in results) == 0
    assert sum(result.finished > 0 for result in results) > 1
    for table in tables:
        assert table.balance == OPENING - 800
        assert table.rounds("r1") == ["SETTLED", "VOID"]
    # Only one of them claimed each run, so nothing was sent twice.
    asked = len(casino.requests("credit")) + len(casino.requests("rollback")) - asked_before
    assert asked == 6 * 2 + 6 * 1


def test_a_recovery_and_the_caller_who_comes_back_agree(table: Table) -> None:
    leave_open(table, "credit")
    caller_is_next = itertools.count()

    def one_of_the_two() -> Answer | None:
        if next(caller_is_next):
            return table.simulate(**SCRIPT)
        recover()
        return None

    answers = [answer for answer in at_once(2, one_of_the_two) if answer]
    assert answers[0].status == 200
    assert answers[0].body["consistent"] is True
    assert table.balance == OPENING - 800
    assert len(table.casino.moved("credit")) == 1


# ---- the command ---------------------------------------------------------------------------


def test_the_command_reports_and_says_by_its_status_whether_anything_is_open(
    table: Table,
) -> None:
    leave_open(table, "credit")
    out = StringIO()
    call_command("recover_provider", stdout=out)
    assert out.getvalue() == "finished: 1, left open: 0\n"

    leave_open(table, "credit", runId="r2")
    type(table.session.casino).objects.update(base_url="http://127.0.0.1:9")
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("recover_provider", grace_seconds=0, stdout=out)
    assert ended.value.code == 1
    assert out.getvalue() == "finished: 0, left open: 1\n"


@pytest.mark.parametrize("option", ["--grace-seconds", "--interval-seconds"])
@pytest.mark.parametrize("length", ["nan", "-1", "1e300"])
def test_a_length_of_time_that_is_none_is_said(option: str, length: str) -> None:
    with pytest.raises(CommandError, match=f"{option}: must be a number of seconds from 0 to"):
        call_command("recover_provider", option, length)


def test_the_watch_goes_on_until_it_is_told_to_stop(table: Table) -> None:
    leave_open(table, "credit")

    def stop_when_done() -> None:
        try:
            while open_runs(table):
                time.sleep(0.02)
        finally:
            connections.close_all()
            os.kill(os.getpid(), signal.SIGTERM)

    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    watcher = threading.Thread(target=stop_when_done)
    watcher.start()
    out = StringIO()
    try:
        call_command("recover_provider", "--watch", "--interval-seconds", "0.05", stdout=out)
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        watcher.join()
    assert out.getvalue() == "finished: 1, left open: 0\n"
    assert table.balance == OPENING - 800
