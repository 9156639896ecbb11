"""After lost replies and dead processes, the casino tells what happened to bets and payouts."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from provider.models import Bet
from provider.runs.driver import CasinoSilent
from provider.runs.spin import spin
from tests.provider.misbehaviour import DROP_REPLY, DROP_REQUEST
from tests.provider.reconciliation.reconciling import (
    SCRIPT,
    agree,
    name,
    played,
    reconcile,
)
from tests.provider.table import OPENING, Table

__all__ = ["played"]  # a fixture is found by its name


def test_a_payout_whose_reply_was_lost_is_learnt_of(table: Table) -> None:
    table.casino.misbehave("credit", *[DROP_REPLY] * 4)
    assert table.simulate(**SCRIPT).status == 502

    outcome = reconcile(table)
    assert outcome.found == [("open_round", ""), ("reply_lost", name(table, "win-1"))]
    assert outcome.totals("difference")["credits"] == -700
    assert outcome.row("open_round")["journal_amount"] == 1500
    mended = reconcile(table, "--repair")
    assert {row["repaired"] for row in mended.rows} == {True}
    assert table.run("r1").outcome == "completed"
    assert table.balance == OPENING - 800
    assert len({asked.raw for asked in table.casino.requests("credit")}) == 1
    assert agree(table)


def test_a_stake_whose_reply_was_lost_is_given_back_once_its_rollback_was_begun(
    table: Table,
) -> None:
    table.casino.misbehave("debit", *[DROP_REPLY] * 4)
    table.casino.misbehave("rollback", *[DROP_REQUEST] * 4)
    with pytest.raises(CasinoSilent):
        spin(session=table.session, spin_id="s1", stake_minor=1000)
    [bet, rollback] = Bet.objects.filter(session=table.session).order_by("pk")
    assert (bet.status, rollback.status) == ("VOIDING", "UNKNOWN")

    assert reconcile(table).found == [
        ("open_round", ""),
        ("reply_lost", bet.transaction_id),
        ("undecided", rollback.transaction_id),
    ]
    reconcile(table, "--repair")
    bet.refresh_from_db()
    assert (bet.status, table.balance) == ("VOIDED", OPENING)
    assert agree(table)


def test_a_stake_whose_process_died_is_learnt_of_and_the_spin_is_paid(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The casino has the stake and the draw was made, so paying it does not surprise the player."""

    class Killed(BaseException):
        pass

    def die(**_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("provider.runs.journal.record", die)
        with pytest.raises(Killed):
            spin(session=table.session, spin_id="s1", stake_minor=1000)
    [bet] = Bet.objects.filter(session=table.session)
    assert (bet.status, table.balance) == ("PENDING", OPENING - 1000)

    mended = reconcile(table, "--repair")
    assert ("reply_lost", bet.transaction_id) in mended.found
    assert {row["repaired"] for row in mended.rows} == {True}
    [stake, win] = Bet.objects.filter(session=table.session).order_by("pk")
    assert (stake.status, win.status) == ("ACCEPTED", "ACCEPTED")
    assert table.balance == OPENING - 1000 + win.amount
    assert agree(table)


def test_a_payout_that_never_arrived_is_paid(table: Table) -> None:
    table.casino.misbehave("credit", *[DROP_REQUEST] * 4)
    assert table.simulate(**SCRIPT).status == 502

    outcome = reconcile(table)
    assert outcome.found == [("open_round", ""), ("undecided", name(table, "win-1"))]
    assert set(outcome.totals("difference").values()) == {0}
    assert reconcile(table, "--repair").status == 1
    assert table.balance == OPENING - 800
    assert agree(table)


def test_what_somebody_plays_now_is_left_out(table: Table) -> None:
    table.casino.misbehave("credit", *[DROP_REPLY] * 4)
    table.simulate(**SCRIPT)
    soon = (datetime.now(UTC) + timedelta(seconds=5)).isoformat()

    outcome = reconcile(table, "--to", soon, "--repair", grace_seconds=60)
    assert (outcome.status, outcome.rows) == (0, [])
    assert (outcome.casino["compared"], outcome.casino["under_way"]) == (0, 3)
    assert len(table.casino.requests("credit")) == 4
