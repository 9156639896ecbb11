"""A refusal is final, unless a copy of the request may be under way."""

import pytest

from config.wire.client import Reply, TimedOut
from provider.models import BetKind, Verdict
from provider.runs import journal
from provider.runs.sending import send
from provider.verdicts import read_reply, read_silence
from tests.provider.misbehaviour import BROKEN, BUSY, DROP_REPLY, DROP_REQUEST, Fault, refusal
from tests.provider.runs.test_sending import begin, bet_of, journalled, verdicts, win_of
from tests.provider.table import OPENING, Table


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
    """The first copy may still arrive when there is money again, so only a rollback settles it."""
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
    """The earlier attempt may keep the wallet busy, and may commit after this answer."""
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
