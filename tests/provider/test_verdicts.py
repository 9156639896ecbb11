"""What a casino's answer means, and what its silence means."""

from typing import Any

import pytest

from config.wire.client import NoReply, Reply, TimedOut, Unreachable
from provider.models import BetKind, Verdict
from provider.verdicts import read_reply, read_silence, with_doubt


def refused(status: int, code: str) -> Reply:
    return Reply(status, {"status": "error", "code": code, "message": ""})


def accepted(**other: Any) -> Reply:
    return Reply(200, {"status": "success", "balance": 1, "transactionId": "t", **other})


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        (Reply(200, None), Verdict.UNCERTAIN),
        (Reply(200, {}), Verdict.UNCERTAIN),
        (Reply(200, {"status": "success"}), Verdict.UNCERTAIN),
        (accepted(balance="1"), Verdict.UNCERTAIN),
        (accepted(balance=1.0), Verdict.UNCERTAIN),
        (accepted(transactionId="u"), Verdict.UNCERTAIN),
        (accepted(balance=2**63), Verdict.UNCERTAIN),
        (accepted(status="error"), Verdict.UNCERTAIN),
        (accepted(), Verdict.ACCEPTED),
        (Reply(201, accepted().body), Verdict.UNCERTAIN),
        (Reply(302, {}), Verdict.UNCERTAIN),
        (Reply(404, None), Verdict.UNCERTAIN),
        (Reply(404, {"detail": "a router's, not the casino's"}), Verdict.UNCERTAIN),
        (refused(404, "BET_NOT_FOUND"), Verdict.REFUSED),
        (refused(409, "TRANSACTION_CONFLICT"), Verdict.REFUSED),
        (refused(503, "BUSY"), Verdict.NOT_DONE),
        (refused(503, "SOMETHING"), Verdict.UNCERTAIN),
        (Reply(503, None), Verdict.UNCERTAIN),
        (refused(500, "INTERNAL_ERROR"), Verdict.UNCERTAIN),
        (accepted(more="y" * 70_000), Verdict.UNCERTAIN),
    ],
)
def test_only_decisions_are_taken_for_decisions(reply: Reply, verdict: Verdict) -> None:
    for kind in (BetKind.DEBIT, BetKind.CREDIT, BetKind.ROLLBACK):
        assert read_reply(reply, kind=kind, transaction_id="t").verdict == verdict


def test_a_refusal_of_the_caller_decides_bets_but_not_what_is_owed() -> None:
    for status in (401, 403):
        reply = refused(status, "NO")
        assert read_reply(reply, kind=BetKind.DEBIT).verdict == Verdict.REFUSED
        assert read_reply(reply, kind=None).verdict == Verdict.REFUSED
        assert read_reply(reply, kind=BetKind.CREDIT).verdict == Verdict.NOT_DONE
        assert read_reply(reply, kind=BetKind.ROLLBACK).verdict == Verdict.NOT_DONE


def test_a_signature_that_is_good_once_and_is_refused_decides_nothing() -> None:
    """Another copy of the request may have come first, and the casino may have acted on it."""
    reply = refused(401, "INVALID_SIGNATURE")
    for kind in (BetKind.DEBIT, BetKind.CREDIT, BetKind.ROLLBACK, None):
        assert read_reply(reply, kind=kind, good_once=True).verdict == Verdict.UNCERTAIN
    no = refused(402, "INSUFFICIENT_FUNDS")
    assert read_reply(no, kind=BetKind.DEBIT, good_once=True).verdict == Verdict.REFUSED


@pytest.mark.parametrize(
    ("fault", "verdict", "timed_out"),
    [
        (TimedOut("…", 1.0), Verdict.UNCERTAIN, True),
        (TimedOut("…", 1.0, may_have_arrived=False), Verdict.NOT_DONE, True),
        (Unreachable("…", 1.0), Verdict.UNCERTAIN, False),
        (Unreachable("…", 1.0, may_have_arrived=False), Verdict.NOT_DONE, False),
    ],
)
def test_silence_decides_nothing(fault: NoReply, verdict: Verdict, timed_out: bool) -> None:
    answer = read_silence(fault)
    assert (answer.verdict, answer.timed_out, answer.duration_ms) == (verdict, timed_out, 1.0)
    assert not answer.is_decision


@pytest.mark.parametrize(
    ("value", "seconds"), [("1", 1), ("0", 0), ("-1", 0), ("1.5", 0), ("soon", 0), ("9" * 9, 0)]
)
def test_retry_after_is_read_in_whole_seconds(value: str, seconds: int) -> None:
    reply = Reply(503, {"status": "error", "code": "BUSY"}, {"Retry-After": value})
    assert read_reply(reply, kind=None).retry_after_seconds == seconds


@pytest.mark.parametrize("kind", [BetKind.CREDIT, BetKind.ROLLBACK])
def test_busy_leaves_money_owed_to_be_sent_again(kind: BetKind) -> None:
    busy = read_reply(refused(503, "BUSY"), kind=kind)
    assert with_doubt(busy, kind=kind) == busy
