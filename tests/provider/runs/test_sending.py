"""Calls to the casino: journal first, then send; retry with the same bytes; silence is doubt."""

import time
from typing import Any

import pytest
from django.db import connections

from provider import casino_client
from provider.models import Bet, BetAttempt, BetKind, Run, RunKind, RunOutcome, RunStatus, Verdict
from provider.runs import journal
from provider.runs.recovery import play_on
from provider.runs.script import Operation
from provider.runs.sending import send
from tests.provider.misbehaviour import (
    BROKEN,
    BUSY,
    CUT_REPLY,
    DROP_REPLY,
    DROP_REQUEST,
    GARBAGE,
    Fault,
    slow,
)
from tests.provider.table import OPENING, Table, unique

LOST = pytest.mark.parametrize(
    "fault",
    [DROP_REQUEST, DROP_REPLY, CUT_REPLY, GARBAGE, BROKEN, slow(0.6), slow(0.6, acts=False)],
    ids=["request", "reply", "half-reply", "garbage", "500", "late", "late-undone"],
)


def begin(table: Table) -> Run:
    return Run.objects.create(
        casino=table.session.casino,
        kind=RunKind.SIMULATION,
        run_id=unique("run"),
        session=table.session,
        asked={},
        bets=[100],
        wins=[0],
    )


def bet_of(run: Run, amount: int = 100) -> Operation:
    return Operation(BetKind.DEBIT, f"{run.run_id}.bet", f"{run.run_id}.round", amount)


def win_of(run: Run, amount: int = 70) -> Operation:
    round_id, bet = f"{run.run_id}.round", f"{run.run_id}.bet"
    return Operation(BetKind.CREDIT, f"{run.run_id}.win", round_id, amount, bet)


def journalled(operation: Operation) -> Bet:
    return Bet.objects.get(transaction_id=operation.transaction_id)


def verdicts(operation: Operation) -> list[str]:
    attempts = BetAttempt.objects.filter(bet=journalled(operation)).order_by("pk")
    return list(attempts.values_list("verdict", flat=True))


def test_the_bet_is_journalled_before_it_is_sent(table: Table) -> None:
    run = begin(table)
    found: list[Any] = []

    def look(_path: str, body: Any) -> None:
        # Another thread has another connection, so it only sees what is committed.
        bet = Bet.objects.get(transaction_id=body["transactionId"])
        found.append((bet.status, bet.body == body, verdicts(bet_of(run))))
        connections.close_all()

    table.casino.on_request = look
    send(run_pk=run.pk, operation=bet_of(run))

    assert found == [("PENDING", True, ["IN_FLIGHT"])]
    bet = journalled(bet_of(run))
    assert (bet.status, bet.http_status, bet.amount) == ("ACCEPTED", 200, 100)
    assert bet.response_cache["balance"] == bet.casino_balance_after == OPENING - 100
    attempt = bet.attempts.get()
    assert (attempt.verdict, attempt.http_status, attempt.response) == (
        "ACCEPTED",
        200,
        bet.response_cache,
    )
    assert attempt.duration_ms is not None


def test_only_an_acceptance_has_a_balance_after(table: Table) -> None:
    """A refusal shows a balance too, but no money moved."""
    table.simulate(runId="r1", bets=[100, OPENING], wins=[0])
    assert [(bet.status, bet.casino_balance_after) for bet in table.bets("r1")] == [
        ("VOIDED", OPENING - 100),
        ("REFUSED", None),
        ("ACCEPTED", OPENING),
    ]


@LOST
def test_a_lost_answer_is_asked_for_again_with_the_same_bytes(table: Table, fault: Fault) -> None:
    run = begin(table)
    table.casino.misbehave("debit", fault)
    answer = send(run_pk=run.pk, operation=bet_of(run))

    assert answer is not None
    assert answer.verdict == Verdict.ACCEPTED
    assert answer.replayed is fault.acts
    first, second = table.casino.requests("debit")
    assert first.raw == second.raw
    assert first.headers["x-casino-signature"] == second.headers["x-casino-signature"]
    assert verdicts(bet_of(run)) == ["UNCERTAIN", "ACCEPTED"]
    assert table.balance == OPENING - 100


@LOST
def test_without_any_answer_the_bet_is_unknown(table: Table, fault: Fault) -> None:
    run = begin(table)
    table.casino.misbehave("debit", *[fault] * 4)
    answer = send(run_pk=run.pk, operation=bet_of(run))

    assert answer is not None
    assert answer.verdict == Verdict.UNCERTAIN
    bet = journalled(bet_of(run))
    assert bet.status == "UNKNOWN"
    assert bet.http_status is None
    assert verdicts(bet_of(run)) == ["UNCERTAIN"] * 4
    assert len(table.casino.requests("debit")) == 4


def test_busy_is_not_done_and_tried_again_later(table: Table, settings: Any) -> None:
    settings.PROVIDER_LONGEST_WAIT_MS = 150  # limits the second that Retry-After asks for
    run = begin(table)
    table.casino.misbehave("debit", BUSY, BUSY)
    started = time.monotonic()
    answer = send(run_pk=run.pk, operation=bet_of(run))

    assert answer is not None
    assert answer.verdict == Verdict.ACCEPTED
    assert 0.3 <= time.monotonic() - started < 1.0
    assert verdicts(bet_of(run)) == ["NOT_DONE", "NOT_DONE", "ACCEPTED"]


def test_retry_after_is_honoured(table: Table, settings: Any) -> None:
    settings.PROVIDER_LONGEST_WAIT_MS = 2_000
    run = begin(table)
    table.casino.misbehave("debit", BUSY)
    started = time.monotonic()
    send(run_pk=run.pk, operation=bet_of(run))
    assert 1.0 <= time.monotonic() - started < 2.0


def test_waits_double_up_to_a_limit_and_are_jittered(settings: Any) -> None:
    settings.PROVIDER_BACKOFF_MS, settings.PROVIDER_LONGEST_WAIT_MS = 100, 500

    def waits(jitter: float, retry_after_seconds: int = 0) -> list[float]:
        return [
            casino_client.wait_seconds(
                attempts_made=number, retry_after_seconds=retry_after_seconds, jitter=jitter
            )
            for number in range(1, 6)
        ]

    assert waits(jitter=0) == [0.0] * 5
    assert waits(jitter=1) == [0.1, 0.2, 0.4, 0.5, 0.5]
    assert waits(jitter=0.5) == [0.05, 0.1, 0.2, 0.25, 0.25]
    assert waits(jitter=0.5, retry_after_seconds=30) == [0.55, 0.6, 0.7, 0.75, 0.75]


def test_each_wait_is_jittered_by_itself(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("provider.casino_client.time.sleep", slept.append)
    table.casino.misbehave("debit", *[BUSY] * 3)
    run = begin(table)
    send(run_pk=run.pk, operation=bet_of(run))

    assert len(set(slept)) == len(slept) == 3


def test_a_casino_that_is_not_there_leaves_the_bet_pending(table: Table) -> None:
    """Nothing was sent, so nothing can have happened."""
    run = begin(table)
    table.session.casino.base_url = "http://127.0.0.1:9"
    table.session.casino.save()
    answer = send(run_pk=run.pk, operation=bet_of(run))

    assert answer is not None
    assert (answer.verdict, answer.timed_out) == (Verdict.NOT_DONE, False)
    assert journalled(bet_of(run)).status == "PENDING"
    assert verdicts(bet_of(run)) == ["NOT_DONE"] * 4


def test_a_bet_that_is_signed_strictly_is_not_refused_when_the_signature_is(
    table: Table, settings: Any
) -> None:
    """This casino only knows the plain signature."""
    settings.SIGN_STRICTLY = True
    run = begin(table)
    send(run_pk=run.pk, operation=bet_of(run))

    assert verdicts(bet_of(run)) == ["UNCERTAIN"] * settings.PROVIDER_CALL_ATTEMPTS
    assert journalled(bet_of(run)).status == "UNKNOWN"


def test_characters_that_no_column_holds_do_not_lose_an_answer(table: Table) -> None:
    run = begin(table)
    body = {"status": "error", "code": "\0", "message": "\0"}
    table.casino.misbehave("debit", *[Fault("answer", status=500, body=body)] * 4)
    send(run_pk=run.pk, operation=bet_of(run))
    attempt = journalled(bet_of(run)).attempts.first()
    assert attempt is not None
    assert attempt.response == body
    assert "\\x00" in attempt.error


def test_only_a_run_that_is_over_is_opened_again(table: Table) -> None:
    run = begin(table)
    journal.reopen(run_pk=run.pk)
    run.refresh_from_db()
    assert run.status == RunStatus.RUNNING
    journal.finish(run=run, outcome=RunOutcome.COMPLETED)
    journal.reopen(run_pk=run.pk)
    run.refresh_from_db()
    assert (run.status, run.outcome) == (RunStatus.CLOSING, "")


@pytest.mark.parametrize("levels", [101, 900, 970])
def test_an_answer_that_is_nested_too_deeply_decides_nothing(table: Table, levels: int) -> None:
    run_id = unique("run")
    body = {"status": "success", "transactionId": "", "balance": 5, "x": deep(levels - 1)}

    def name_it(path: str, asked: Any) -> None:
        body["transactionId"] = asked.get("transactionId")

    table.casino.on_request = name_it
    table.casino.misbehave("debit", *[Fault("answer", body=body)] * 4)
    table.casino.misbehave("rollback", *[Fault("answer", body=body)] * 4)
    answer = table.simulate(runId=run_id, bets=[100], wins=[0])
    assert (answer.status, answer.code) == (502, "CASINO_UNAVAILABLE")
    bet, rollback = table.bets(run_id)
    for each in (bet, rollback):
        assert {attempt.verdict for attempt in each.attempts.all()} == {Verdict.UNCERTAIN}
    play_on(table.run(run_id))
    assert table.statuses(run_id) == [("DEBIT", "VOIDED"), ("ROLLBACK", "ACCEPTED")]


def deep(levels: int) -> Any:
    value: Any = []
    for _ in range(levels - 1):
        value = [value]
    return value
