"""The transcript shows every step with its answer, and is sound only if it adds up."""

import sys
from typing import Any

import pytest

from scripts.setup import transcript
from scripts.setup.terminal import RED, styled


def step(name: str, balance: int | None = 990, **changed: Any) -> dict[str, Any]:
    return {
        "step": name,
        "request": {"amount": 10, "roundId": "demo.1f.round-1"},
        "httpStatus": 200,
        "response": {"status": "success", "balance": balance},
        "durationMs": 3.14,
        "replayed": False,
        "attempts": 1,
        **changed,
    }


def answer(*steps: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {
        "runId": "demo-1f",
        "outcome": "completed",
        "session": {"playerId": "67fff5c", "gameId": "lucky-sevens", "currency": "INR"},
        "steps": list(steps),
        "openingBalance": 100_000,
        "closingBalance": 99_990,
        "expectedBalance": 99_990,
        "consistent": True,
        **changed,
    }


def shown(*steps: dict[str, Any], **changed: Any) -> list[str]:
    return [" ".join(line.split()) for line in transcript.lines(answer(*steps, **changed))]


def test_each_step_is_a_line_with_request_status_balance_and_time() -> None:
    rollback = step("rollback", 100_000, request={"originalTransactionId": "x"})
    rollback["response"] |= {"amount": 5, "roundId": "demo.1f.round-2"}
    lines = shown(step("getBalance", 100_000, request={}), step("debit", 99_990), rollback)
    assert "1 getBalance ask for the balance 200 100,000 3.1 ms ✓" in lines
    assert "2 debit -10 in round-1 200 99,990 3.1 ms ✓" in lines
    assert "3 rollback +5 in round-2 200 100,000 3.1 ms ✓" in lines


def test_columns_are_aligned_whatever_is_in_them() -> None:
    lines = list(transcript.lines(answer(step("debit", 1), step("credit", 9_223_372_036_854))))
    rows = [line for line in lines if " in round-1" in line]
    assert len({line.index(" ms") for line in rows}) == 1


def test_refusals_repetitions_and_silence_are_remarked() -> None:
    refused = step("debit", httpStatus=402, response={"code": "INSUFFICIENT_FUNDS", "balance": 5})
    silent = step("debit", httpStatus=None, response=None, attempts=4)
    lines = shown(refused, step("credit", replayed=True), silent)
    assert "1 debit -10 in round-1 402 5 3.1 ms ✗ INSUFFICIENT_FUNDS" in lines
    assert "2 credit +10 in round-1 200 990 3.1 ms ✓ replayed" in lines
    assert "3 debit -10 in round-1 - - 3.1 ms ✗ no answer, 4 attempts" in lines


def test_the_summary_says_what_was_expected() -> None:
    assert "balance 100,000 → 99,990, expected 99,990 ✓ consistent" in shown()
    wrong = shown(closingBalance=99_980, consistent=False)
    assert "balance 100,000 → 99,980, expected 99,990 ✗ NOT CONSISTENT" in wrong


@pytest.mark.parametrize(
    ("consistent", "outcome", "sound"),
    [(True, "completed", True), (True, "refused", False), (False, "completed", False)],
)
def test_only_a_completed_round_that_adds_up_is_sound(
    consistent: bool, outcome: str, sound: bool
) -> None:
    assert transcript.is_sound(answer(consistent=consistent, outcome=outcome)) is sound


def test_an_answer_that_lacks_the_verdict_is_not_sound() -> None:
    assert transcript.is_sound({}) is False


@pytest.mark.parametrize(
    ("terminal", "variables", "coloured"),
    [
        (True, {"TERM": "xterm"}, True),
        (False, {"TERM": "xterm"}, False),
        (True, {"TERM": "xterm", "NO_COLOR": ""}, False),
        (True, {"TERM": "dumb"}, False),
    ],
)
def test_colours_are_for_terminals_that_want_them(
    terminal: bool, variables: dict[str, str], coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    assert ("\033[31m" in styled("x", RED)) is coloured
