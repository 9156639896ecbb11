"""Calls to the casino: the journal before each, retries with the same bytes, what silence means."""

import time
from typing import Any

import pytest
from django.db import connections

from config.wire.client import Reply, TimedOut
from provider import casino_client
from provider.models import Bet, BetAttempt, BetKind, Run, RunKind, Verdict
from provider.runs import journal
from provider.runs.script import Operation
from provider.runs.sending import send
from provider.verdicts import read_reply, read_silence
from tests.provider.fake_casino import (
    BROKEN,
    BUSY,
    CUT_REPLY,
    DROP_REPLY,
    DROP_REQUEST,
    GARBAGE,
    Fault,
    refusal,
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
        # Another thread, so another connection: what it sees is committed.
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
    settings.PROVIDER_LONGEST_WAIT_MS = 150  # Retry-After asks for a second; this bounds it
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
    """Not a byte was sent, so nothing can have happened."""
    run = begin(table)
    table.session.casino.base_url = "http://127.0.0.1:9"
    table.session.casino.save()
    answer = send(run_pk=run.pk, operation=bet_of(run))

    assert answer is not None
    assert (answer.verdict, answer.timed_out) == (Verdict.NOT_DONE, False)
    assert journalled(bet_of(run)).status == "PENDING"
    assert verdicts(bet_of(run)) == ["NOT_DONE"] * 4


def test_a_refusal_is_final(table: Table) -> None:
    run = begin(table)
    answer = send(run_pk=run.pk, operation=bet_of(run, OPENING + 1))

    assert answer is not None
    assert (answer.http_status, answer.code) == (402, "INSUFFICIENT_FUNDS")
    bet = journalled(bet_of(run))
    assert (bet.status, bet.http_status) == ("REFUSED", 402)
    assert len(table.casino.asked) == 1
    table.balance += OPENING
    assert send(run_pk=run.pk, operation=bet_of(run, OPENING + 1)) is None
    assert len(table.casino.asked) == 1


def test_a_refusal_while_a_copy_may_be_under_way_is_no_end(table: Table) -> None:
    """The first copy may still arrive, when there is money again: only a rollback settles it."""
    run = begin(table)
    table.casino.misbehave("debit", DROP_REQUEST)
    send(run_pk=run.pk, operation=bet_of(run, OPENING + 1))

    bet = journalled(bet_of(run))
    assert (bet.status, bet.http_status) == ("VOIDING", 402)
    assert verdicts(bet_of(run)) == ["UNCERTAIN", "REFUSED"]


def test_a_refusal_after_busy_is_final(table: Table) -> None:
    run = begin(table)
    table.casino.misbehave("debit", BUSY)
    send(run_pk=run.pk, operation=bet_of(run, OPENING + 1))
    assert journalled(bet_of(run)).status == "REFUSED"


@pytest.mark.parametrize("first", [DROP_REPLY, BROKEN], ids=["no answer", "500"])
def test_busy_after_an_attempt_in_doubt_leaves_the_bet_in_doubt(table: Table, first: Fault) -> None:
    """What keeps the wallet busy may be the earlier attempt, which commits after this answer."""
    run = begin(table)
    table.casino.misbehave("debit", first, BUSY, refusal(401, "INVALID_SIGNATURE"))
    send(run_pk=run.pk, operation=bet_of(run))

    assert verdicts(bet_of(run)) == ["UNCERTAIN", "UNCERTAIN", "REFUSED"]
    assert journalled(bet_of(run)).status == "VOIDING"


def test_busy_while_another_attempt_has_no_answer_leaves_the_bet_in_doubt(table: Table) -> None:
    """The process that made the first attempt may have died."""
    run = begin(table)
    assert journal.begin_attempt(run_pk=run.pk, operation=bet_of(run))
    table.casino.misbehave("debit", *[BUSY] * 4)
    send(run_pk=run.pk, operation=bet_of(run))

    assert journalled(bet_of(run)).status == "UNKNOWN"
    assert journal.give_up(run_pk=run.pk, transaction_id=bet_of(run).transaction_id)
    assert journalled(bet_of(run)).status == "VOIDING"


@pytest.mark.parametrize(
    ("status", "code"), [(401, "INVALID_SIGNATURE"), (403, "PROVIDER_DISABLED"), (429, "SLOWLY")]
)
def test_money_owed_waits_while_the_casino_will_not_hear_us(
    table: Table, status: int, code: str
) -> None:
    run = begin(table)
    send(run_pk=run.pk, operation=bet_of(run))
    table.casino.misbehave("credit", *[refusal(status, code)] * 4)
    send(run_pk=run.pk, operation=win_of(run))
    assert journalled(win_of(run)).status == "PENDING"

    send(run_pk=run.pk, operation=win_of(run))
    assert journalled(win_of(run)).status == "ACCEPTED"
    assert table.balance == OPENING - 30


def test_a_bet_is_refused_when_our_signature_is(table: Table) -> None:
    run = begin(table)
    table.session.casino.casino_secret = "an old one"
    table.session.casino.save()
    answer = send(run_pk=run.pk, operation=bet_of(run))
    assert answer is not None
    assert answer.http_status == 401
    assert journalled(bet_of(run)).status == "REFUSED"


def test_the_first_of_several_secrets_signs(table: Table) -> None:
    run = begin(table)
    casino = table.session.casino
    casino.casino_secret = f"{casino.casino_secret},older"
    casino.save()
    answer = send(run_pk=run.pk, operation=bet_of(run))
    assert answer is not None
    assert answer.verdict == Verdict.ACCEPTED


def test_of_an_acceptance_and_a_refusal_the_acceptance_counts(table: Table) -> None:
    """Two processes send one payout; one is told that it was refused, the other that it is paid."""
    run = begin(table)
    send(run_pk=run.pk, operation=bet_of(run))
    refused, accepted = (
        journal.begin_attempt(run_pk=run.pk, operation=win_of(run)) for _ in range(2)
    )
    assert refused
    assert accepted
    no = Reply(404, {"status": "error", "code": "BET_NOT_FOUND", "message": ""})
    yes = Reply(
        200, {"status": "success", "transactionId": win_of(run).transaction_id, "balance": 1}
    )
    journal.record(attempt=refused, answer=read_reply(no, kind=BetKind.CREDIT))
    assert journalled(win_of(run)).status == "REFUSED"
    journal.record(attempt=accepted, answer=read_reply(yes, kind=BetKind.CREDIT))
    win = journalled(win_of(run))
    assert (win.status, win.http_status, win.response_cache["balance"]) == ("ACCEPTED", 200, 1)


def test_nothing_revives_a_bet_that_is_to_be_rolled_back(table: Table) -> None:
    run = begin(table)
    late = journal.begin_attempt(run_pk=run.pk, operation=bet_of(run))
    assert late
    journal.record(attempt=late, answer=read_silence(TimedOut("no answer", 300.0)))
    late = journal.begin_attempt(run_pk=run.pk, operation=bet_of(run))
    assert late
    assert journal.give_up(run_pk=run.pk, transaction_id=bet_of(run).transaction_id)
    yes = Reply(
        200, {"status": "success", "transactionId": bet_of(run).transaction_id, "balance": 1}
    )
    journal.record(attempt=late, answer=read_reply(yes, kind=BetKind.DEBIT))
    assert journalled(bet_of(run)).status == "VOIDING"
    assert journal.begin_attempt(run_pk=run.pk, operation=bet_of(run)) is None


def test_a_bet_that_is_signed_strictly_is_not_refused_when_the_signature_is(
    table: Table, settings: Any
) -> None:
    """This casino knows the plain signature alone."""
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
