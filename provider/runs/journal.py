"""The only writer of bets: writes a row before every call, and what every answer decides.

Several processes may play the same run at the same time. Every decision is written under a lock on
the run's row, in a transaction that ends before the casino is called. So all processes continue
from the same decisions:

- An operation is sent only while it is undecided.
- If one attempt was accepted and another refused, the acceptance counts: the money moved.
- A bet is only finally refused when no attempt of it can still be on its way. A casino does not
  remember refusals, so it could accept a late attempt. In that case the bet is rolled back, which
  is always safe: the casino keeps a tombstone. We cannot know of a copy that the network makes.
  With the stricter signature the casino refuses a copy; reconciliation finds one that was accepted.
- Once a bet is to be rolled back, it is not sent again, and no acceptance revives it.
- Once a run is closing, it gets no new bet and no new payout: the rollbacks decide its open bets.
- The outcome of a run is derived from what stands, even if an answer comes after its end.
"""

import enum
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import router, transaction
from django.db.models import Count
from django.db.models.functions import Now

from config.wire.request_id import current_request_id
from provider.models import (
    Bet,
    BetAttempt,
    BetKind,
    BetStatus,
    GameRound,
    Run,
    RunOutcome,
    RunStatus,
    Session,
    Verdict,
)
from provider.runs.decisions import decide, mark_for_rollback, settle_bet_of, settle_round
from provider.runs.script import Moment, Operation, outcome_of
from provider.verdicts import Answer, with_doubt

_DECISION = (
    *("status", "http_status", "response_cache", "casino_balance_after"),
    *("duration_ms", "updated_at"),
)


class Amends(enum.Enum):
    """Why a decided operation is sent again: the casino's books differ from the journal."""

    TAKEN = "refused here; the casino has it: a late copy of the request was accepted"
    LOST = "accepted here; the casino no longer has it"


@contextmanager
def locked(*, run_pk: int) -> Iterator[Run]:
    """Lock the run's row for a short transaction. Call no other system meanwhile."""
    with transaction.atomic(using=router.db_for_write(Run)):
        # no_key: other transactions may still write rows that refer to the run.
        yield Run.objects.select_for_update(no_key=True).get(pk=run_pk)


def touch(*, run_pk: int) -> None:
    """Note that a process is playing the run now, so that recovery leaves it alone for a while."""
    Run.objects.filter(pk=run_pk).update(touched_at=Now())


def bets_of(*, run_pk: int, in_full: bool = False) -> dict[str, Bet]:
    """The run's operations by transaction id, in the order in which they were first made.

    With ``in_full``, their rounds and sessions are read in the same query.
    """
    bets = Bet.objects.filter(run_id=run_pk)
    if in_full:
        bets = bets.select_related("round", "session")
    return {bet.transaction_id: bet for bet in bets.order_by("pk")}


def attempts_of(*, run_pk: int) -> dict[int, int]:
    """How often each of the run's bets was sent, by the bet's key."""
    attempts = BetAttempt.objects.filter(bet__run_id=run_pk)
    return dict(attempts.values_list("bet_id").annotate(Count("pk")))


def begin_attempt(
    *, run_pk: int, operation: Operation, again: bool = False, amends: Amends | None = None
) -> BetAttempt | None:
    """Record that ``operation`` is about to be sent. Returns None if it must not be sent.

    With ``again``, an accepted operation is sent once more, to get the casino's stored answer. With
    ``amends``, an operation is sent that is decided here but differs in the casino's books.
    """
    with locked(run_pk=run_pk) as run:
        bet = Bet.objects.filter(
            casino_id=run.casino_id, transaction_id=operation.transaction_id
        ).first()
        if not _may_be_sent(run, operation, bet, again=again, amends=amends):
            return None
        session = Session.objects.select_related("casino").get(
            pk=bet.session_id if bet else run.session_id
        )
        bet = bet or _enter(run, session, operation)
        bet.session = session
        if bet.bet_type == BetKind.ROLLBACK and not again:
            mark_for_rollback(bet)
        return BetAttempt.objects.create(bet=bet, request_id=current_request_id())


def _may_be_sent(
    run: Run, operation: Operation, bet: Bet | None, *, again: bool, amends: Amends | None
) -> bool:
    if again or amends is Amends.LOST:
        return bet is not None and bet.was_accepted
    if amends is Amends.TAKEN:
        return bet is not None and bet.status == BetStatus.REFUSED
    if run.status != RunStatus.RUNNING and _is_new_play(operation, bet):
        return False
    return bet is None or bet.is_undecided


def _is_new_play(operation: Operation, bet: Bet | None) -> bool:
    """Whether it is a bet or a payout that was never sent: a closing run sends neither."""
    return operation.kind == BetKind.DEBIT or (operation.kind == BetKind.CREDIT and bet is None)


def record(*, attempt: BetAttempt, answer: Answer, amends: Amends | None = None) -> None:
    """Record the answer and what it decides."""
    with locked(run_pk=attempt.bet.run_id) as run:
        bet = Bet.objects.select_related("round").get(pk=attempt.bet_id)
        others = BetAttempt.objects.filter(
            bet=bet, verdict__in=(Verdict.IN_FLIGHT, Verdict.UNCERTAIN)
        ).exclude(pk=attempt.pk)
        kind = BetKind(bet.bet_type)
        if answer.is_busy and others.exists():
            answer = with_doubt(answer, kind=kind)
        _complete(attempt, answer)
        status = decide(
            kind=kind,
            status=BetStatus(bet.status),
            verdict=answer.verdict,
            under_way=others.exists,
        )
        # If the casino had lost the operation and carried it out now, this answer counts.
        is_done_now = amends is Amends.LOST and _was_done_now(answer)
        if status == bet.status and not is_done_now:
            return
        bet.status = status
        if answer.is_decision:
            _keep_decision(bet, answer)
        bet.save(update_fields=_DECISION)
        if bet.bet_type == BetKind.ROLLBACK:
            settle_bet_of(bet)
        settle_round(bet.round)
        if run.status == RunStatus.FINISHED:
            finish(run=run, outcome=outcome_of(run=run, bets=bets_of(run_pk=run.pk)))


def _was_done_now(answer: Answer) -> bool:
    return answer.verdict == Verdict.ACCEPTED and not answer.replayed


def _keep_decision(bet: Bet, answer: Answer) -> None:
    bet.http_status, bet.response_cache = answer.http_status, answer.body
    bet.casino_balance_after = answer.balance_minor
    bet.duration_ms = answer.duration_ms


def give_up(*, run_pk: int, transaction_id: str) -> bool:
    """Stop asking the casino about an operation. True if the operation is decided now.

    A bet that the casino may have taken will be rolled back. Anything else can be sent again later:
    a bet that was certainly not taken, or a payout or rollback, which is owed.
    """
    with locked(run_pk=run_pk) as run:
        bet = Bet.objects.get(casino_id=run.casino_id, transaction_id=transaction_id)
        if bet.bet_type == BetKind.DEBIT and bet.status == BetStatus.UNKNOWN:
            bet.status = BetStatus.VOIDING
            bet.save(update_fields=["status", "updated_at"])
        return not bet.is_undecided


def record_balance(*, run_pk: int, moment: Moment, answer: Answer, attempts: int) -> None:
    """Record the run's ``opening`` or ``closing`` balance. The first one stays."""
    with locked(run_pk=run_pk) as run:
        if getattr(run, moment) is not None:
            return
        kept = {
            "httpStatus": answer.http_status,
            "response": answer.body,
            "durationMs": answer.duration_ms,
            "attempts": attempts,
        }
        setattr(run, moment, kept)
        if answer.balance_minor is not None:
            setattr(run, f"{moment}_balance", answer.balance_minor)
            if answer.exponent is not None:  # for displaying amounts later
                Session.objects.filter(pk=run.session_id).update(exponent=answer.exponent)
        run.save(update_fields=[moment, f"{moment}_balance", "updated_at"])


def close(run: Run) -> None:
    """End the script of a locked run early: nothing more is staked, open bets are rolled back."""
    run.status = RunStatus.CLOSING
    run.save(update_fields=["status", "updated_at"])


def finish(*, run: Run, outcome: RunOutcome) -> None:
    """Write the outcome of a locked run, at its end or after a late answer changed it."""
    run.status, run.outcome = RunStatus.FINISHED, outcome
    run.save(update_fields=["status", "outcome", "updated_at"])


def reopen(*, run_pk: int) -> None:
    """Close a finished run again: it has a standing bet, and no process is playing it."""
    with locked(run_pk=run_pk) as run:
        if run.status == RunStatus.FINISHED:
            run.status, run.outcome = RunStatus.CLOSING, ""
            run.save(update_fields=["status", "outcome", "updated_at"])


def _enter(run: Run, session: Session, operation: Operation) -> Bet:
    round_, _made = GameRound.objects.get_or_create(
        casino_id=run.casino_id,
        round_id=operation.round_id,
        defaults={
            "session": session,
            "run": run,
            "player_id": session.customer_id,
            "game_id": session.game_id,
            "currency": session.currency,
        },
    )
    related = None
    if operation.related_id is not None:
        related = Bet.objects.filter(
            casino_id=run.casino_id, transaction_id=operation.related_id
        ).first()
    return Bet.objects.create(
        casino_id=run.casino_id,
        transaction_id=operation.transaction_id,
        bet_type=operation.kind,
        run=run,
        round=round_,
        session=session,
        related=related,
        amount=operation.amount_minor,
        request=_request(session, operation),
    )


def _request(session: Session, operation: Operation) -> dict[str, Any]:
    """The body without the session's token: a copy of the row must not reveal that."""
    request: dict[str, Any] = {
        "transactionId": operation.transaction_id,
        "roundId": operation.round_id,
    }
    if operation.kind == BetKind.ROLLBACK:
        return request | {"originalTransactionId": operation.related_id}
    request |= {"amount": operation.amount_minor, "currency": session.currency}
    if operation.related_id is not None:
        request["relatedTransactionId"] = operation.related_id
    return request


def _complete(attempt: BetAttempt, answer: Answer) -> None:
    attempt.verdict = answer.verdict
    attempt.http_status = answer.http_status
    attempt.response = answer.body
    attempt.replayed = answer.replayed
    attempt.error = answer.error
    attempt.duration_ms = answer.duration_ms
    attempt.save()
