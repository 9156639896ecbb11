"""A spin whose stake or payout got no answer is given back, paid later, or kept."""

from typing import Any

import pytest

from provider.models import RunStatus
from tests.provider.misbehaviour import (
    BROKEN,
    BUSY,
    DROP_REPLY,
    DROP_REQUEST,
    GARBAGE,
    refusal,
    slow,
)
from tests.provider.play.test_play_page import spin, state, the_spin
from tests.provider.table import OPENING, Table


@pytest.mark.parametrize(
    ("fault", "code"),
    [(DROP_REQUEST, "STAKE_NOT_TAKEN"), (DROP_REPLY, "STAKE_RETURNED")],
    ids=["request", "reply"],
)
def test_a_stake_without_answer_is_given_back(table: Table, fault: Any, code: str) -> None:
    """The casino answers the rollback, so the answer must not call it unreachable."""
    table.casino.misbehave("debit", *[fault] * 4)
    answer = spin(table)
    assert (answer.status, answer.code) == (409, code)
    assert answer.body["final"] is True
    assert table.balance == OPENING
    assert table.rounds("s1") == ["VOID"]
    assert spin(table).body == answer.body


def test_a_stake_that_the_casino_does_not_settle_is_not_called_given_back(table: Table) -> None:
    """The casino refuses its rollback for a reason that the provider cannot explain."""
    table.casino.misbehave("debit", *[DROP_REPLY] * 4)
    table.casino.misbehave("rollback", refusal(409, "ROLLBACK_NOT_ALLOWED"))
    answer = spin(table)
    assert (answer.status, answer.code, answer.body["final"]) == (409, "STAKE_UNSETTLED", True)
    assert "given back" not in answer.body["message"]
    assert table.balance == OPENING - 1000
    assert state(table)["rounds"][0]["result"] == "unsettled"


def test_a_payout_without_answer_is_asked_for_again_with_the_same_spin(table: Table) -> None:
    table.casino.misbehave("credit", *[slow(0.6)] * 4)
    answer = spin(table)
    assert (answer.status, answer.code) == (504, "CASINO_TIMEOUT")
    assert answer.body["final"] is False
    assert the_spin(table).status == RunStatus.RUNNING

    again = spin(table)
    assert (again.status, again.body["win"]) == (200, "2500")
    assert table.balance == OPENING + 1500


def test_a_busy_casino_leaves_the_spin_to_be_asked_for_again(table: Table) -> None:
    table.casino.misbehave("debit", *[BUSY] * 4)
    answer = spin(table)
    assert (answer.status, answer.code, answer.body["final"]) == (502, "CASINO_BUSY", False)
    assert spin(table).status == 200
    assert table.balance == OPENING + 1500


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (DROP_REQUEST, 502, "CASINO_UNAVAILABLE"),
        (slow(0.6), 504, "CASINO_TIMEOUT"),
        (GARBAGE, 502, "CASINO_FAULT"),
        (BROKEN, 502, "CASINO_FAULT"),
        (BUSY, 502, "CASINO_BUSY"),
        (refusal(429, "RATE_LIMITED"), 502, "CASINO_BUSY"),
    ],
    ids=["cut", "late", "garbage", "500", "busy", "limited"],
)
def test_only_a_casino_that_is_away_is_called_away(
    table: Table, fault: Any, status: int, code: str
) -> None:
    table.casino.misbehave("credit", *[fault] * 4)
    answer = spin(table)
    assert (answer.status, answer.code, answer.body["final"]) == (status, code, False)
    table.casino.misbehave("getBalance", *[fault] * 4)
    told = state(table)
    assert (told["balance"], told["code"]) == (None, code)
