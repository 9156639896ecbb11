"""The only writer of bets: a row before every call, and what every answer decides about it.

Several processes may play the same run at the same time. Whatever decides something is written
under a lock on the run's row, in a transaction that ends before anybody is called; so all of them
go on from the same decisions:

- an operation is sent only while it is undecided;
- an acceptance counts over a refusal, for money moved;
- a bet is refused for good only when no sending of it can still be under way: a casino does not
  remember refusals, so a late one could be taken. Otherwise it is rolled back, which is safe in
  any case (the casino keeps a tombstone). What the network itself copies nobody here can know of:
  the stricter signature has a copy refused, and reconciliation finds one that was taken;
- once a bet is to be rolled back, it is not sent again and no acceptance revives it;
- once a run is closing, no new bet and no new payout is made in it: the rollbacks decide what its
  bets came to;
- what a run came to is derived from what stands, also where an answer comes after its end.
"""

import enum
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import router, transaction
from django.db.models import Count, Q, Sum
from django.db.models.functions import Now

from config.web.fields import LARGEST_AMOUNT
from config.wire.request_id import current_request_id
from provider.models import (
    Bet,
    BetAttempt,
    BetKind,
    BetStatus,
    GameRound,
    RoundStatus,
    Run,
    RunOutcome,
    RunStatus,
    Session,
    Verdict,
)
from provider.runs.script import Moment, Operation, outcome_of
from provider.verdicts import Answer, with_doubt

_UNDECIDED = (BetStatus.PENDING, BetStatus.UNKNOWN)
_PERHAPS_TAKEN = (*_UNDECIDED, BetStatus.ACCEPTED, BetStatus.VOIDING)


class Amends(enum.Enum):
    """Why an operation that is decided is sent once more: the casino's books have it otherwise."""

    TAKEN = "refused here; the casino has it: a late copy of the request was accepted"
    LOST = "accepted here; the casino has it no more"


@contextmanager
def locked(run_pk: int) -> Iterator[Run]:
    """Hold the run's row for a short transaction. Never while another system is called."""
    with transaction.atomic(using=router.db_for_write(Run)):
        # no_key: rows that refer to the run may be written meanwhile.
        yield Run.objects.select_for_update(no_key=True).get(pk=run_pk)


def touch(run_pk: int) -> None:
    """Note that somebody is playing the run now, so that recovery leaves it alone for a while."""
    Run.objects.filter(pk=run_pk).update(touched_at=Now())


def bets_of(run_pk: int) -> dict[str, Bet]:
    """The run's operations by transaction id, in the order in which they were first made."""
    bets = Bet.objects.filter(run_id=run_pk).select_related("round", "related", "session")
    return {bet.transaction_id: bet for bet in bets.order_by("pk")}


def attempts_of(run_pk: int) -> dict[int, int]:
    """How often each of the run's bets was sent, by the bet's key."""
    attempts = BetAttempt.objects.filter(bet__run_id=run_pk)
    return dict(attempts.values_list("bet_id").annotate(Count("pk")))


def begin_attempt(
    run_pk: int, operation: Operation, *, again: bool = False, amends: Amends | None = None
) -> BetAttempt | None:
    """Write down that ``operation`` is about to be sent; None where it must not be (any more).

    ``again`` sends an accepted operation once more, to have the casino's stored answer; ``amends``
    one that is decided here, and otherwise in the casino's books.
    """
    with locked(run_pk) as run:
        bet = (
            Bet.objects.select_related("session__casino", "related")
            .filter(casino_id=run.casino_id, transaction_id=operation.transaction_id)
            .first()
        )
        if not _may_be_sent(run, operation, bet, again=again, amends=amends):
            return None
        bet = bet or _enter(run, operation)
        if bet.bet_type == BetKind.ROLLBACK and not again:
            _mark_for_rollback(bet)
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
    """A bet, or a payout that was never sent: neither is made in a run that is closing."""
    return operation.kind == BetKind.DEBIT or (operation.kind == BetKind.CREDIT and bet is None)


def record(attempt: BetAttempt, answer: Answer, amends: Amends | None = None) -> None:
    """Keep what came back, and decide what it decides."""
    with locked(attempt.bet.run_id) as run:
        bet = Bet.objects.select_related("related", "round").get(pk=attempt.bet_id)
        others = BetAttempt.objects.filter(
            bet=bet, verdict__in=(Verdict.IN_FLIGHT, Verdict.UNCERTAIN)
        ).exclude(pk=attempt.pk)
        if answer.is_busy and others.exists():
            answer = with_doubt(answer, BetKind(bet.bet_type))
        _complete(attempt, answer)
        status = decide(
            BetKind(bet.bet_type), BetStatus(bet.status), answer.verdict, under_way=others.exists
        )
        # What the casino had lost and does now, it answers anew: that counts from now on.
        is_done_anew = amends is Amends.LOST and _was_done_now(answer)
        if status == bet.status and not is_done_anew:
            return
        bet.status = status
        if answer.is_decision:
            bet.http_status, bet.response_cache = answer.http_status, answer.body
            bet.casino_balance_after = answer.balance_minor
            bet.duration_ms = answer.duration_ms
        bet.save(
            update_fields=[
                *("status", "http_status", "response_cache", "casino_balance_after"),
                *("duration_ms", "updated_at"),
            ]
        )
        if bet.bet_type == BetKind.ROLLBACK:
            _decide_rolled_back(bet)
        _settle_round(bet.round)
        if run.status == RunStatus.FINISHED:
            finish(run, outcome_of(run, bets_of(run.pk)))


def _was_done_now(answer: Answer) -> bool:
    return answer.verdict == Verdict.ACCEPTED and not answer.replayed


def give_up(run_pk: int, transaction_id: str) -> bool:
    """Stop asking about an operation; True where that decides it, or somebody else had it decided.

    A bet that may have been taken is to be rolled back. One that certainly was not can be tried
    again later, and so can everything that is owed: a payout, a rollback.
    """
    with locked(run_pk) as run:
        bet = Bet.objects.get(casino_id=run.casino_id, transaction_id=transaction_id)
        if bet.bet_type == BetKind.DEBIT and bet.status == BetStatus.UNKNOWN:
            bet.status = BetStatus.VOIDING
            bet.save(update_fields=["status", "updated_at"])
        return not bet.is_undecided


def record_balance(run_pk: int, moment: Moment, answer: Answer, attempts: int) -> None:
    """Keep the run's ``opening`` or ``closing`` balance; the first one that is had stays."""
    with locked(run_pk) as run:
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
            if answer.exponent is not None:  # for people who look at amounts later
                Session.objects.filter(pk=run.session_id).update(exponent=answer.exponent)
        run.save(update_fields=[moment, f"{moment}_balance", "updated_at"])


def close(run: Run) -> None:
    """End the script of a locked run early: nothing more is staked, open bets are rolled back."""
    run.status = RunStatus.CLOSING
    run.save(update_fields=["status", "updated_at"])


def finish(run: Run, outcome: RunOutcome) -> None:
    """Say what a locked run came to, at its end or when a late answer changed that."""
    run.status, run.outcome = RunStatus.FINISHED, outcome
    run.save(update_fields=["status", "outcome", "updated_at"])


def reopen(run_pk: int) -> None:
    """Have a finished run closed again: a bet of it turned out to stand, and nobody plays it."""
    with locked(run_pk) as run:
        if run.status == RunStatus.FINISHED:
            run.status, run.outcome = RunStatus.CLOSING, ""
            run.save(update_fields=["status", "outcome", "updated_at"])


def decide(
    kind: BetKind, status: BetStatus, verdict: Verdict, *, under_way: Callable[[], bool]
) -> BetStatus:
    """What an operation is after an answer. ``under_way()``: can another sending still arrive?"""
    if verdict == Verdict.ACCEPTED and status in (*_UNDECIDED, BetStatus.REFUSED):
        return BetStatus.ACCEPTED
    if verdict == Verdict.REFUSED and status in _UNDECIDED:
        if kind == BetKind.DEBIT and under_way():
            return BetStatus.VOIDING
        return BetStatus.REFUSED
    if verdict == Verdict.UNCERTAIN and status == BetStatus.PENDING:
        return BetStatus.UNKNOWN
    return status


def _enter(run: Run, operation: Operation) -> Bet:
    session = run.session
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
    related = Bet.objects.filter(
        casino_id=run.casino_id, transaction_id=operation.related_id
    ).first()
    return Bet.objects.create(
        casino=session.casino,
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
    """The body without the session's token: who finds the row does not find that."""
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


def _mark_for_rollback(rollback: Bet) -> None:
    """From before the rollback is first sent, its bet is not sent, and nothing revives it."""
    bet = rollback.related
    if bet is not None and bet.status != BetStatus.VOIDED:
        bet.status = BetStatus.VOIDING
        bet.save(update_fields=["status", "updated_at"])
        _settle_round(bet.round)


def _complete(attempt: BetAttempt, answer: Answer) -> None:
    attempt.verdict = answer.verdict
    attempt.http_status = answer.http_status
    attempt.response = answer.body
    attempt.replayed = answer.replayed
    attempt.error = answer.error
    attempt.duration_ms = answer.duration_ms
    attempt.save()


def _decide_rolled_back(rollback: Bet) -> None:
    """What a decided rollback makes of its bet. A refused one leaves the bet to a person, unless
    the casino says that the bet stands: its round was paid."""
    bet = rollback.related
    if bet is None:
        return
    if rollback.status == BetStatus.ACCEPTED:
        bet.status = BetStatus.VOIDED
    elif bet.was_accepted and (rollback.response_cache or {}).get("code") == "ROUND_SETTLED":
        bet.status = BetStatus.ACCEPTED
    bet.save(update_fields=["status", "updated_at"])


def _settle_round(round_: GameRound) -> None:
    """Derive the round's status and totals from its bets.

    A round is settled once anything was paid in it, and void once no bet of it can have been taken.
    """
    accepted_bet = Q(bet_type=BetKind.DEBIT, status=BetStatus.ACCEPTED)
    accepted_payout = Q(bet_type=BetKind.CREDIT, status=BetStatus.ACCEPTED)
    perhaps_taken = Q(bet_type=BetKind.DEBIT, status__in=_PERHAPS_TAKEN)
    found = Bet.objects.filter(round=round_).aggregate(
        staked=Sum("amount", filter=accepted_bet, default=0),
        paid=Sum("amount", filter=accepted_payout, default=0),
        payouts=Count("pk", filter=accepted_payout),
        open_bets=Count("pk", filter=perhaps_taken),
    )
    if found["payouts"]:
        round_.status = RoundStatus.SETTLED
    elif found["open_bets"]:
        round_.status = RoundStatus.OPEN
    else:
        round_.status = RoundStatus.VOID
    # The column holds no more than one amount can be; a sum beyond it must not stop the settling.
    round_.total_bet_amount = min(found["staked"], LARGEST_AMOUNT)
    round_.total_payout_amount = min(found["paid"], LARGEST_AMOUNT)
    round_.save(update_fields=["status", "total_bet_amount", "total_payout_amount", "updated_at"])
