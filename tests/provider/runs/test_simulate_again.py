"""POST /provider/simulate again: the same run replays, other arguments are a conflict."""

from dataclasses import replace
from typing import Any

import pytest

from tests.provider.fake_casino import FakeCasino
from tests.provider.misbehaviour import refusal
from tests.provider.table import (
    OPENING,
    Table,
    lay_table,
    make_session,
)

# ---- a run again ---------------------------------------------------------------------------


def test_a_run_again_moves_nothing_and_tells_its_replays(table: Table) -> None:
    arguments = {"runId": "r1", "bets": [1000, 500], "wins": [2000], "rollbackBet": 300}
    first = table.simulate(**arguments)
    moved = table.casino.moved("")
    second = table.simulate(**arguments)

    assert second.status == 200
    assert table.casino.moved("") == moved
    assert table.balance == OPENING + 500
    assert second.steps == first.steps
    assert [step["response"] for step in second.body["steps"]] == [
        step["response"] for step in first.body["steps"]
    ]
    assert [step["replayed"] for step in second.body["steps"]] == [True] * 7
    assert [step["attempts"] for step in second.body["steps"]] == [1, 2, 2, 2, 2, 2, 1]
    assert len(table.casino.requests("getBalance")) == 2
    assert second.body["consistent"] is True


def test_a_refused_run_again_sends_nothing_that_was_refused(table: Table) -> None:
    arguments = {"runId": "r1", "bets": [60_000, 60_000]}
    first = table.simulate(**arguments)
    table.balance += 1_000_000  # now it would be taken
    second = table.simulate(**arguments)

    assert second.steps == first.steps
    assert second.body["outcome"] == "refused"
    assert second.body["consistent"] is True
    refused = table.name("r1", "bet-2")
    sent = [asked.body["transactionId"] for asked in table.casino.requests("debit")]
    assert sent.count(refused) == 1
    assert table.balance == OPENING + 1_000_000


def test_a_casino_that_answers_otherwise_than_before_is_inconsistent(table: Table) -> None:
    table.simulate(runId="r1", bets=[1000], wins=[2000])
    moved = table.casino.moved("debit")[0]
    booked = table.casino.books[moved]
    answer = {**booked.answer, "balance": booked.answer["balance"] + 1}
    table.casino.books[moved] = replace(booked, answer=answer)
    again = table.simulate(runId="r1", bets=[1000], wins=[2000])

    assert again.status == 200
    assert again.body["closingBalance"] == again.body["expectedBalance"]
    assert again.body["consistent"] is False


def test_a_casino_that_refuses_what_it_accepted_is_inconsistent(table: Table) -> None:
    table.simulate(runId="r1", bets=[1000], wins=[2000])
    table.casino.misbehave("debit", refusal(409, "TRANSACTION_CONFLICT"))
    again = table.simulate(runId="r1", bets=[1000], wins=[2000])

    assert again.steps[1] == ("debit", 409)
    assert again.body["consistent"] is False
    assert table.statuses("r1")[0] == ("DEBIT", "ACCEPTED")


@pytest.mark.parametrize(
    "other",
    [
        {"bets": [1000, 601]},
        {"bets": [1000]},
        {"wins": [2001]},
        {"wins": []},
        {"rollbackBet": 301},
        {"bets": None},
    ],
)
def test_a_run_id_with_other_arguments_is_a_conflict(table: Table, other: Any) -> None:
    arguments = {"runId": "r1", "bets": [1000, 600], "wins": [2000], "rollbackBet": 300}
    table.simulate(**arguments)
    answer = table.simulate(**{**arguments, **other})

    assert (answer.status, answer.code) == (409, "TRANSACTION_CONFLICT")
    assert len(table.casino.moved("debit")) == 3


def test_a_run_id_of_another_player_is_a_conflict(casino: FakeCasino, table: Table) -> None:
    table.simulate(runId="r1", bets=[10])
    other = Table(casino, make_session(table.session.casino, game=table.session.game))
    other.balance = OPENING
    answer = other.simulate(runId="r1", bets=[10])

    assert (answer.status, answer.code) == (409, "TRANSACTION_CONFLICT")
    assert other.balance == OPENING


def test_defaults_spelled_out_are_the_same_arguments(table: Table) -> None:
    run = table.run(table.simulate(runId="r1").body["runId"])
    answer = table.simulate(runId="r1", bets=run.bets, wins=run.wins, rollbackBet=run.rollback_bet)

    assert answer.status == 200
    assert answer.body["consistent"] is True


def test_a_run_keeps_its_defaults_when_the_game_changes(table: Table) -> None:
    first = table.simulate(runId="r1")
    table.session.game.stakes = [7, 8, 9]
    table.session.game.save()
    assert table.simulate(runId="r1").steps == first.steps


def test_the_same_play_launched_anew_goes_on_with_the_run(casino: FakeCasino, table: Table) -> None:
    first = table.simulate(runId="r1", bets=[10], wins=[5])
    anew = make_session(
        table.session.casino, customer=table.session.customer, game=table.session.game
    )
    casino.balances[anew.session_token] = table.balance
    second = Table(casino, anew).simulate(runId="r1", bets=[10], wins=[5])

    assert second.status == 200
    assert second.body["consistent"] is True
    assert [step["replayed"] for step in second.body["steps"]] == [True] * len(first.steps)


def test_one_run_id_at_two_casinos_is_two_runs(casino: FakeCasino, table: Table) -> None:
    other = lay_table(casino)
    for each in (table, other):
        assert each.simulate(runId="r1", bets=[10], wins=[0], rollbackBet=1).status == 200
        assert each.balance == OPENING - 10
    assert table.name("r1", "bet-1") != other.name("r1", "bet-1")
