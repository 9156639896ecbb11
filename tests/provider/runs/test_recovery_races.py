"""Recovery and players who come back, interleaved on purpose: all are told what really stands.

Threads are stopped when they have decided on a step but not done it yet, or when the casino has
acted but not answered yet.
"""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from pytest_django.fixtures import Settings

from provider.models import Run, RunStatus
from provider.runs import driver
from provider.runs.recovery import recover
from provider.runs.spin import Spin, SpinRefused, Stake, spin
from tests.provider.misbehaviour import BUSY, DROP_REPLY, DROP_REQUEST, Body, refusal
from tests.provider.runs.stops import PATIENCE_SECONDS, Stop, Stops, acting
from tests.provider.table import OPENING, Answer, Table

STAKE, WIN = 1000, 2500


@pytest.fixture(autouse=True)
def _patient(settings: Settings) -> None:
    """Wait for an answer that is held back: it is late, but not given up."""
    settings.PROVIDER_READ_TIMEOUT_MS = 20_000


@pytest.fixture
def table(table: Table) -> Table:
    """A table where every spin pays 2.5 times its stake. Other tests leave nothing to recover."""
    table.session.game.pay_table = [{"show": ["seven"], "weight": 1, "pays": 250}]
    table.session.game.save()
    Run.objects.exclude(status=RunStatus.FINISHED).update(
        status=RunStatus.FINISHED, outcome="refused"
    )
    return table


@pytest.fixture
def stops(monkeypatch: pytest.MonkeyPatch) -> Stops:
    return Stops(monkeypatch)


def answers_held(table: Table, operation: str, *, acts_first: bool) -> Stop:
    """Stop the casino at the first request for ``operation``, before it acts or after it."""
    stop, answer = Stop(), table.casino.answer
    first = threading.Lock()

    def answering(path: str, body: Body) -> Any:
        if not path.endswith(operation) or not first.acquire(blocking=False):
            return answer(path, body)
        if not acts_first:
            stop.wait_here()
        result = answer(path, body)
        if acts_first:
            stop.wait_here()
        return result

    table.casino.answer = answering  # type: ignore[method-assign]
    return stop


def leave_spin_undecided(table: Table) -> None:
    """Leave a spin whose stake a busy casino never took, and that nobody touched for a minute."""
    table.casino.misbehave("debit", *[BUSY] * 4)
    with pytest.raises(driver.CasinoSilent):
        spin(session=table.session, spin_id="s1", stake_minor=STAKE)
    runs = Run.objects.filter(session=table.session)
    runs.update(touched_at=F("touched_at") - timedelta(minutes=1))


def play(table: Table) -> Spin | Stake:
    """Spin, and return what the player is told."""
    try:
        return spin(session=table.session, spin_id="s1", stake_minor=STAKE)
    except SpinRefused as refused:
        return refused.stake


def assert_told_what_stands(table: Table, *told: Any) -> None:
    """Everybody was told the same, is told it again, and the casino's books say the same."""
    again = play(table)
    assert all(each == again for each in told), told
    run = Run.objects.get(session=table.session)
    if isinstance(again, Spin):
        assert table.balance == OPENING - STAKE + WIN
        assert (run.outcome, table.rounds("s1")) == ("completed", ["SETTLED"])
    else:
        assert again in (Stake.RETURNED, Stake.NOT_TAKEN)
        assert table.balance == OPENING
        assert (run.outcome, table.rounds("s1")) == ("refused", ["VOID"])
        assert table.casino.moved("credit") == []


# ---- spins --------------------------------------------------------------------------------------


@pytest.mark.parametrize("moment", ["send debit", "send credit", "finish"])
def test_recovery_that_was_about_to_close_a_spin_looks_again(
    table: Table, stops: Stops, moment: str
) -> None:
    """It has read an undecided bet; since then the player's retry has got as far as ``moment``."""
    leave_spin_undecided(table)
    closing = stops.where("recovery", "close")
    playing = stops.where("player", moment)
    with acting("recovery", recover) as recovery:
        closing.until_reached()
        with acting("player", lambda: play(table)) as player:
            playing.until_reached()
            closing.let_go()
            recovery.join(PATIENCE_SECONDS)
            playing.let_go()
    assert_told_what_stands(table, player.result)
    assert isinstance(player.result, Spin) is (moment != "send debit")


@pytest.mark.parametrize("acts_first", [True, False], ids=["taken", "under way"])
def test_a_bet_under_way_while_recovery_closes_is_given_back(
    table: Table, acts_first: bool
) -> None:
    leave_spin_undecided(table)
    held = answers_held(table, "debit", acts_first=acts_first)
    with acting("player", lambda: play(table)) as player:
        held.until_reached()
        with acting("recovery", lambda: recover(grace_seconds=0)):
            pass
        held.let_go()
    assert player.result == (Stake.RETURNED if acts_first else Stake.NOT_TAKEN)
    assert_told_what_stands(table, player.result)


def test_no_payout_is_begun_once_a_spin_is_closing(table: Table, stops: Stops) -> None:
    """One retry's bet is accepted after the closing; another still acts on the state before it."""
    leave_spin_undecided(table)
    taken = answers_held(table, "debit", acts_first=True)
    reading = stops.where("other", "reading bets")
    first_rolls_back = stops.where("first", "send rollback")
    recovery_rolls_back = stops.where("recovery", "send rollback")
    with (
        acting("other", lambda: play(table)) as other,
        acting("first", lambda: play(table)) as first,
    ):
        reading.until_reached()  # it has read the run as still running
        taken.until_reached()
        with acting("recovery", lambda: recover(grace_seconds=0)):
            recovery_rolls_back.until_reached()  # the run is closing
            taken.let_go()
            first_rolls_back.until_reached()  # the bet is accepted
            reading.let_go()
            other.join(1)
            recovery_rolls_back.let_go()
            first_rolls_back.let_go()
    assert_told_what_stands(table, first.result, other.result)
    assert table.casino.requests("credit") == []


def test_a_win_that_is_accepted_after_the_end_is_told(table: Table) -> None:
    """One retry's payout is made but not answered; the other's is refused and closes the run."""
    paid = answers_held(table, "credit", acts_first=True)
    with acting("first", lambda: play(table)) as first:
        paid.until_reached()
        table.casino.misbehave("credit", refusal(404, "BET_NOT_FOUND"))
        assert play(table) == Stake.UNSETTLED  # the bet stands, and the payout was refused
        assert Run.objects.get(session=table.session).outcome == "refused"
        paid.let_go()
    assert_told_what_stands(table, first.result)


# ---- scripted runs ------------------------------------------------------------------------------

SCRIPT: dict[str, Any] = {"runId": "r1", "bets": [1000, 500], "wins": [700], "rollbackBet": 300}


def run_script(table: Table) -> Answer:
    return table.simulate(**SCRIPT)


def test_a_copy_that_was_about_to_close_a_run_looks_again(table: Table, stops: Stops) -> None:
    """Its copy of the payout was refused; the other's copy is accepted before it closes the run."""
    paid = answers_held(table, "credit", acts_first=True)
    closing = stops.where("second", "close")
    with acting("first", lambda: run_script(table)) as first:
        paid.until_reached()
        table.casino.misbehave("credit", refusal(404, "BET_NOT_FOUND"))
        with acting("second", lambda: run_script(table)) as second:
            closing.until_reached()
            paid.let_go()
            first.join(PATIENCE_SECONDS)
            closing.let_go()
    again = run_script(table)
    for answer in (first.result, second.result, again):
        assert (answer.status, answer.body["outcome"]) == (200, "completed"), answer.body
        assert answer.body["closingBalance"] == OPENING - 800
    # The second got two different answers about one payout, and says so.
    consistent = [each.body["consistent"] for each in (first.result, second.result, again)]
    assert consistent == [True, False, True]
    assert table.balance == OPENING - 800
    assert table.rounds("r1") == ["SETTLED", "VOID"]


@pytest.mark.parametrize("is_paid", [True, False], ids=["paid", "never came"])
def test_a_closing_run_decides_a_payout_that_was_sent_before_it_rolls_back(
    table: Table, is_paid: bool
) -> None:
    """Its bets are final if the payout was made, and only the casino knows that."""
    fault = DROP_REPLY if is_paid else DROP_REQUEST
    table.casino.misbehave("credit", *[fault] * 4)
    assert run_script(table).status == 502
    Run.objects.filter(session=table.session).update(status=RunStatus.CLOSING)
    recover(grace_seconds=0)

    assert table.balance == OPENING - 1500 + 700
    assert table.statuses("r1") == [
        ("DEBIT", "ACCEPTED"),
        ("DEBIT", "ACCEPTED"),
        ("CREDIT", "ACCEPTED"),
    ]
    assert table.rounds("r1") == ["SETTLED"]
    answer = run_script(table)
    assert answer.body["outcome"] == "refused"  # its second round was never played
    assert answer.body["consistent"] is True
