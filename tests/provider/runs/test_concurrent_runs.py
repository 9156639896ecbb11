"""Several callers play one run at once, on threads with their own connections."""

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from django.db import connections

from provider.runs import driver
from tests.provider.misbehaviour import CUT_REPLY, DROP_REPLY, GARBAGE, Fault
from tests.provider.table import OPENING, Answer, Table

Result = TypeVar("Result")


def at_once(count: int, call: Callable[[], Result]) -> list[Result]:
    barrier = threading.Barrier(count)

    def run() -> Result:
        try:
            barrier.wait()
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as threads:
        return [future.result() for future in [threads.submit(run) for _ in range(count)]]


def shown(answer: Answer) -> Any:
    """The part of a transcript on which all callers of a run must agree."""
    return (
        answer.status,
        answer.steps,
        [step["response"] for step in answer.body["steps"]],
        {name: answer.body[name] for name in answer.body if name not in ("steps",)},
    )


@pytest.mark.parametrize("repetition", range(3))
def test_copies_of_a_run_agree_and_move_money_once(table: Table, repetition: int) -> None:
    arguments: dict[str, Any] = {
        "runId": "r1",
        "bets": [1000, 500],
        "wins": [700],
        "rollbackBet": 300,
    }
    answers = at_once(4, lambda: table.simulate(**arguments))

    assert answers[0].status == 200, answers[0].body
    assert answers[0].body["outcome"] == "completed"
    assert answers[0].body["closingBalance"] == OPENING - 800
    assert answers[0].body["consistent"] is True
    for answer in answers[1:]:
        assert shown(answer) == shown(answers[0])
    assert table.balance == OPENING - 800
    assert len(table.casino.moved("debit")) == 3
    assert len(table.casino.moved("credit")) == 1
    assert len(table.casino.moved("rollback")) == 1
    # It was a race: more was sent than one caller would have sent alone.
    assert len(table.casino.requests("debit")) > 3


@pytest.mark.parametrize("repetition", range(3))
def test_copies_of_a_run_that_is_refused_leave_nothing_open(table: Table, repetition: int) -> None:
    answers = at_once(4, lambda: table.simulate(runId="r1", bets=[60_000, 30_000, 60_000]))

    for answer in answers:
        assert answer.status == 200
        assert answer.body["outcome"] == "refused"
        assert answer.body["consistent"] is True
    assert table.balance == OPENING
    assert table.rounds("r1") == ["VOID"]
    assert {status for _, status in table.statuses("r1")} <= {"VOIDED", "REFUSED", "ACCEPTED"}


def test_a_refusal_beside_an_acceptance_leaves_both_sides_agreed(table: Table) -> None:
    """Two copies of a bet are under way: one is refused, money arrives, the other is accepted."""
    second_is_here, first_is_refused = threading.Event(), threading.Event()
    order = itertools.count(1)
    answer = table.casino.answer
    statuses: list[int] = []

    def answer_in_turn(path: str, body: Any) -> Any:
        number = next(order) if path == "/casino/debit" and body["amount"] == 150_000 else 0
        if number == 1:
            assert second_is_here.wait(5)
        elif number == 2:
            second_is_here.set()
            assert first_is_refused.wait(5)
            table.balance += 100_000
        result = answer(path, body)
        if number:
            statuses.append(result[0])
        if number == 1:
            first_is_refused.set()
        return result

    table.casino.answer = answer_in_turn  # type: ignore[method-assign]
    arguments = {"runId": "r1", "bets": [150_000], "wins": [0], "rollbackBet": 1}
    one, other = at_once(2, lambda: table.simulate(**arguments))

    assert statuses[:2] == [402, 200]
    assert one.body["outcome"] == other.body["outcome"]
    taken = one.body["outcome"] == "completed"
    assert table.balance == (50_000 if taken else 200_000)
    assert table.rounds("r1") == (["SETTLED", "VOID"] if taken else ["VOID"])


@pytest.mark.parametrize("fault", [DROP_REPLY, CUT_REPLY, GARBAGE], ids=["none", "half", "garbage"])
@pytest.mark.parametrize("operation", ["debit", "credit", "rollback"])
def test_what_another_copy_had_decided_is_told_by_each(
    table: Table, operation: str, fault: Fault
) -> None:
    """One caller gets no readable answer; meanwhile the other one gets the step decided."""
    arguments: dict[str, Any] = {"runId": "r1", "bets": [500], "wins": [700], "rollbackBet": 300}

    def play_beside(path: str, _body: Any) -> None:
        if path.endswith(operation):
            table.casino.on_request = lambda path, body: None
            driver.play(run_pk=table.run("r1").pk)
            connections.close_all()

    table.casino.misbehave(operation, fault)
    table.casino.on_request = play_beside
    one, other = table.simulate(**arguments), table.simulate(**arguments)

    names = ["getBalance", "debit", "credit", "debit", "rollback", "getBalance"]
    assert one.steps == other.steps == [(name, 200) for name in names]
    for step, repeated in zip(one.body["steps"], other.body["steps"], strict=True):
        assert step["response"] == repeated["response"]
