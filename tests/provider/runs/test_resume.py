"""A run that was cut off anywhere continues under its run id and moves money once."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from provider import casino_client
from tests.provider.misbehaviour import DROP_REPLY, DROP_REQUEST, Fault, slow
from tests.provider.table import OPENING, Table

SCRIPT: dict[str, Any] = {"runId": "r1", "bets": [1000, 500], "wins": [700], "rollbackBet": 300}
CALLS = 7  # getBalance, two debits, a credit, a debit, its rollback, getBalance
REFUSED: dict[str, Any] = {"runId": "r1", "bets": [60_000, 30_000, 60_000], "wins": [1]}
REFUSED_CALLS = 7  # getBalance, three debits, two rollbacks, getBalance


class Killed(BaseException):
    """Acts like SIGKILL: nothing after it runs or is recorded."""


@pytest.fixture
def kill_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, bool], None]:
    """Kill the run at its n-th call to the casino, before it is sent or after it is answered."""
    call = casino_client.call

    def arm(number: int, answered: bool) -> None:
        calls = 0

        def dying_call(*args: Any, **kwargs: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls < number:
                return call(*args, **kwargs)
            monkeypatch.setattr(casino_client, "call", call)
            if answered:
                call(*args, **kwargs)
            raise Killed

        monkeypatch.setattr(casino_client, "call", dying_call)

    return arm


@pytest.mark.parametrize("answered", [False, True], ids=["before-the-call", "before-the-record"])
@pytest.mark.parametrize("number", range(1, CALLS + 1))
def test_a_cut_run_is_completed(
    table: Table, kill_at: Callable[[int, bool], None], number: int, answered: bool
) -> None:
    kill_at(number, answered)
    with pytest.raises(Killed):
        table.simulate(**SCRIPT)
    answer = table.simulate(**SCRIPT)

    assert answer.status == 200, answer.body
    assert answer.body["outcome"] == "completed"
    assert [step for step, _ in answer.steps] == [
        "getBalance", "debit", "debit", "credit", "debit", "rollback", "getBalance"
    ]  # fmt: skip
    assert {status for _, status in answer.steps} == {200}
    assert answer.body["closingBalance"] == answer.body["expectedBalance"] == OPENING - 800
    assert answer.body["consistent"] is True
    assert table.balance == OPENING - 800
    assert table.rounds("r1") == ["SETTLED", "VOID"]
    assert len(table.casino.moved("debit")) == 3
    assert len(table.casino.moved("credit")) == 1
    assert table.casino.moved("rollback") == [table.name("r1", "bet-3.rollback")]


@pytest.mark.parametrize("answered", [False, True], ids=["before-the-call", "before-the-record"])
@pytest.mark.parametrize("number", range(1, REFUSED_CALLS + 1))
def test_a_cut_run_that_is_refused_leaves_nothing_open(
    table: Table, kill_at: Callable[[int, bool], None], number: int, answered: bool
) -> None:
    kill_at(number, answered)
    with pytest.raises(Killed):
        table.simulate(**REFUSED)
    answer = table.simulate(**REFUSED)

    assert answer.status == 200, answer.body
    assert answer.body["outcome"] == "refused"
    assert ("debit", 402) in answer.steps
    assert answer.body["closingBalance"] == answer.body["expectedBalance"] == OPENING
    assert answer.body["consistent"] is True
    assert table.balance == OPENING
    assert table.rounds("r1") == ["VOID"]
    assert len(table.casino.moved("debit")) == 2


def test_a_run_killed_at_every_call_in_turn_still_comes_to_its_end(
    table: Table, kill_at: Callable[[int, bool], None]
) -> None:
    """Each life is killed one step later than the one before, and the last one finishes."""
    for life in range(40):
        kill_at(life // 2 + 1, life % 2 == 1)
        try:
            answer = table.simulate(**SCRIPT)
            break
        except Killed:
            continue
    assert answer.body["consistent"] is True
    assert table.balance == OPENING - 800


# ---- a casino that falls silent ------------------------------------------------------------


@pytest.mark.parametrize(
    "fault", [DROP_REQUEST, DROP_REPLY, slow(0.6)], ids=["request", "reply", "late"]
)
@pytest.mark.parametrize("operation", ["getBalance", "debit", "credit", "rollback"])
def test_an_answer_lost_now_and_then_is_only_slower(
    table: Table, operation: str, fault: Fault
) -> None:
    table.casino.misbehave(operation, fault)
    answer = table.simulate(**SCRIPT)

    assert answer.status == 200
    assert answer.body["outcome"] == "completed"
    assert answer.body["consistent"] is True
    lost = next(step for step in answer.body["steps"] if step["step"] == operation)
    assert lost["attempts"] == 2
    assert lost["replayed"] is (fault.acts and operation != "getBalance")
    assert table.balance == OPENING - 800


@pytest.mark.parametrize("fault", [DROP_REQUEST, DROP_REPLY], ids=["request", "reply"])
def test_a_bet_without_answer_is_rolled_back(table: Table, fault: Fault) -> None:
    """If the casino took it, the rollback gives it back; otherwise it leaves a tombstone."""
    table.casino.misbehave("debit", *[fault] * 4)
    answer = table.simulate(**SCRIPT)

    assert answer.status == 200
    assert answer.body["outcome"] == "refused"
    assert answer.steps == [
        ("getBalance", 200),
        ("debit", None),
        ("rollback", 200),
        ("getBalance", 200),
    ]
    debit, rollback = answer.body["steps"][1:3]
    assert (debit["response"], debit["attempts"], debit["replayed"]) == (None, 4, False)
    assert rollback["response"]["rolledBack"] is fault.acts
    assert rollback["response"]["tombstone"] is not fault.acts
    assert answer.body["consistent"] is True
    assert table.balance == OPENING
    assert table.statuses("r1") == [("DEBIT", "VOIDED"), ("ROLLBACK", "ACCEPTED")]
    assert table.rounds("r1") == ["VOID"]

    again = table.simulate(**SCRIPT)
    assert again.steps == answer.steps
    assert len(table.casino.requests("debit")) == 4


@pytest.mark.parametrize(
    ("fault", "told"),
    [(DROP_REQUEST, (502, "CASINO_UNAVAILABLE")), (slow(0.6), (504, "CASINO_TIMEOUT"))],
    ids=["cut", "late"],
)
@pytest.mark.parametrize(
    ("operation", "statuses"),
    [
        ("getBalance", []),
        ("credit", [("DEBIT", "ACCEPTED"), ("DEBIT", "ACCEPTED"), ("CREDIT", "UNKNOWN")]),
    ],
)
def test_a_step_that_stays_open_is_told_and_resumed(
    table: Table,
    operation: str,
    statuses: list[tuple[str, str]],
    fault: Fault,
    told: tuple[int, str],
) -> None:
    table.casino.misbehave(operation, *[fault] * 4)
    answer = table.simulate(**SCRIPT)
    assert (answer.status, answer.code) == told
    assert answer.body["runId"] == "r1"
    assert table.statuses("r1") == statuses

    again = table.simulate(**SCRIPT)
    assert again.status == 200
    assert again.body["outcome"] == "completed"
    assert again.body["consistent"] is True
    assert table.balance == OPENING - 800


def test_a_rollback_that_stays_open_is_resumed_and_its_bet_not_sent_again(table: Table) -> None:
    table.casino.misbehave("debit", *[DROP_REQUEST] * 4)
    table.casino.misbehave("rollback", *[DROP_REQUEST] * 4)
    answer = table.simulate(**SCRIPT)
    assert (answer.status, answer.code) == (502, "CASINO_UNAVAILABLE")
    assert table.statuses("r1") == [("DEBIT", "VOIDING"), ("ROLLBACK", "UNKNOWN")]
    assert table.rounds("r1") == ["OPEN"]

    again = table.simulate(**SCRIPT)
    assert again.body["outcome"] == "refused"
    assert len(table.casino.requests("debit")) == 4
    assert table.casino.tombstones == {table.name("r1", "bet-1")}
    assert table.rounds("r1") == ["VOID"]


def test_a_casino_that_was_not_there_changes_nothing_about_the_run(table: Table) -> None:
    """A bet that the casino never got is not given up; the run is completed later."""
    url = table.session.casino.base_url
    casinos = type(table.session.casino).objects.filter(pk=table.session.casino.pk)
    stopped = False

    def stop_after_the_balance(path: str, _body: Any) -> None:
        nonlocal stopped
        if not stopped:
            casinos.update(base_url="http://127.0.0.1:9")
            connections.close_all()
            stopped = True

    table.casino.on_request = stop_after_the_balance
    answer = table.simulate(**SCRIPT)
    assert (answer.status, answer.code) == (502, "CASINO_UNAVAILABLE")
    assert table.statuses("r1") == [("DEBIT", "PENDING")]

    casinos.update(base_url=url)
    again = table.simulate(**SCRIPT)
    assert again.body["outcome"] == "completed"
    assert again.body["consistent"] is True


def test_a_finished_run_is_told_from_the_record_while_the_casino_is_silent(table: Table) -> None:
    first = table.simulate(**SCRIPT)
    table.casino.misbehave("debit", *[DROP_REQUEST] * 4)
    again = table.simulate(**SCRIPT)

    assert again.status == 200
    assert again.steps == first.steps
    assert again.body["consistent"] is True
    assert len(table.casino.requests("credit")) == 1
