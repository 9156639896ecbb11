"""The scripted round: a tester's request, and the transcript of the casino's answers.

The provider keeps no balances. It reports the ones that the casino answered, and next to them the
balance that follows from the accepted steps.
"""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from django.db import router, transaction

from config.postgres.outcome import after_writing
from config.web.fields import LARGEST_AMOUNT
from config.web.transcript import Outcome, Step, StepName, Transcript
from provider import casino_client
from provider.launch import must_be_played
from provider.models import Bet, BetKind, BetStatus, Run, RunKind, Session
from provider.refusals import RunConflict
from provider.runs import driver, journal
from provider.runs.script import Moment, Operation
from provider.runs.sending import send
from provider.verdicts import Answer


@dataclass(frozen=True, slots=True)
class Amounts:
    """The requested stakes and payouts, in minor units. None lets the provider choose."""

    bets: tuple[int, ...] | None = None
    wins: tuple[int, ...] | None = None
    rollback_bet: int | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "bets": None if self.bets is None else list(self.bets),
            "wins": None if self.wins is None else list(self.wins),
            "rollbackBet": self.rollback_bet,
        }


def simulate(*, session: Session, run_id: str | None, amounts: Amounts) -> Transcript:
    """Play the run to its end and return its transcript.

    If the ``run_id`` was played before, its accepted steps are sent again, so that the casino shows
    that it does not move money twice, and the missing steps are played.

    Raises: RunConflict: that run has other arguments. CasinoDisabled, GameWithdrawn: a new run may
    not be started. driver.CasinoSilent: the casino does not decide now. The run can be resumed.
    """
    run = _begin(session, run_id or uuid.uuid4().hex, amounts)
    with after_writing():
        seen = _ask_again(run)
        seen |= driver.play(run_pk=run.pk)
        return _transcript(run.pk, seen)


def _begin(session: Session, run_id: str, amounts: Amounts) -> Run:
    """Create the run, or find it and check that its arguments are the same."""
    fresh = _plan(session, run_id, amounts)
    with transaction.atomic(using=router.db_for_write(Run)):
        run, made = Run.objects.select_related("session").get_or_create(
            casino_id=session.casino_id, kind=RunKind.SIMULATION, run_id=run_id, defaults=fresh
        )
        if made:
            must_be_played(casino=session.casino, game=session.game)
            return run
    same_arguments = run.asked == fresh["asked"] or all(
        getattr(run, name) == fresh[name] for name in ("bets", "wins", "rollback_bet")
    )
    if not same_arguments or not _same_play(run.session, session):
        raise RunConflict(f"The run {run_id} has other arguments.")
    if run.session_id != session.pk:
        # The casino launched the same game again. What is not sent yet belongs to the new session.
        Run.objects.filter(pk=run.pk).update(session=session)
    journal.touch(run_pk=run.pk)
    return run


def _transcript(run_pk: int, seen: Mapping[str, Answer]) -> Transcript:
    """The transcript from what is recorded. New answers (``seen``) replace recorded ones."""
    run = Run.objects.select_related("session").get(pk=run_pk)
    bets = journal.bets_of(run_pk=run_pk, in_full=True)
    attempts = journal.attempts_of(run_pk=run_pk)
    steps = [
        *_balance_step(run, "opening", seen),
        *(_step(bet, seen.get(bet.transaction_id), attempts[bet.pk]) for bet in bets.values()),
        *_balance_step(run, "closing", seen),
    ]
    expected = _expected_balance(run, bets)
    repeated_truly = all(
        _is_repetition(bets[name], answer)
        for name, answer in seen.items()
        if name in bets and answer.is_decision
    )
    return Transcript(
        run_id=run.run_id,
        outcome=cast(Outcome, run.outcome),
        steps=steps,
        opening_balance=run.opening_balance,
        closing_balance=run.closing_balance,
        expected_balance=expected,
        consistent=repeated_truly and run.closing_balance == expected,
    )


def _expected_balance(run: Run, bets: Mapping[str, Bet]) -> int | None:
    """The opening balance, minus the bets that stand, plus the payouts."""
    if run.opening_balance is None:
        return None
    return run.opening_balance + sum(_effect(bet) for bet in bets.values())


def _effect(bet: Bet) -> int:
    if bet.bet_type == BetKind.CREDIT:
        return bet.amount if bet.status == BetStatus.ACCEPTED else 0
    stands = bet.status == BetStatus.ACCEPTED or (
        bet.status == BetStatus.VOIDING and bet.was_accepted
    )
    return -bet.amount if bet.bet_type == BetKind.DEBIT and stands else 0


def _plan(session: Session, run_id: str, amounts: Amounts) -> dict[str, Any]:
    """The run's complete arguments. Missing ones are chosen, always the same for the same run."""
    game = session.game
    middle = len(game.stakes) // 2
    bets = list(amounts.bets or (game.stakes[middle], game.stakes[max(middle - 1, 0)]))
    plan: dict[str, Any] = {
        "session": session,
        "asked": amounts.as_json(),
        "bets": bets,
        "rollback_bet": amounts.rollback_bet or game.stakes[0],
    }
    if amounts.wins is not None:
        # A payout of 0 ends a round that wins nothing.
        return plan | {"wins": list(amounts.wins) or [0]}
    seed = hashlib.sha256(f"{session.casino.code} {run_id}".encode()).digest()
    lines = [game.pays.draw(seed=seed, number=number) for number in range(1, len(bets) + 1)]
    wins = [
        min(line.payout_minor(bet), LARGEST_AMOUNT) for line, bet in zip(lines, bets, strict=True)
    ]
    return plan | {"wins": wins, "seed": seed.hex(), "shown": [list(line.show) for line in lines]}


def _same_play(one: Session, other: Session) -> bool:
    """The same player, game and currency: the casino may have launched the game again."""
    return (one.customer_id, one.game_id, one.currency) == (
        other.customer_id,
        other.game_id,
        other.currency,
    )


def _ask_again(run: Run) -> dict[str, Answer]:
    """Send what was accepted before again, to show how the casino answers."""
    seen: dict[str, Answer] = {}
    for name, bet in journal.bets_of(run_pk=run.pk, in_full=True).items():
        if not bet.was_accepted:
            continue
        operation = Operation(BetKind(bet.bet_type), name, bet.round.round_id, bet.amount)
        answer = send(run_pk=run.pk, operation=operation, again=True)
        if answer is None or not answer.is_decision:
            break  # the casino is silent, so the recorded answers are shown
        seen[name] = answer
    return seen


def _is_repetition(bet: Bet, answer: Answer) -> bool:
    return not bet.was_accepted or answer.body == bet.response_cache


def _step(bet: Bet, answer: Answer | None, attempts: int) -> Step:
    if answer and not answer.is_decision and bet.http_status is not None:
        answer = None  # another process got the casino's decision
    return Step(
        step=cast(StepName, bet.bet_type.lower()),
        request=bet.body,
        http_status=answer.http_status if answer else bet.http_status,
        response=answer.body if answer else bet.response_cache,
        duration_ms=answer.duration_ms if answer else bet.duration_ms,
        # It was answered before: the casino says so, or this is the recorded answer.
        replayed=answer.replayed if answer else True,
        attempts=attempts,
    )


def _balance_step(run: Run, moment: Moment, seen: Mapping[str, Answer]) -> list[Step]:
    kept = run.opening if moment == "opening" else run.closing
    if kept is None:
        return []
    return [
        Step(
            step="getBalance",
            request=casino_client.balance_request(run.session),
            http_status=kept["httpStatus"],
            response=kept["response"],
            duration_ms=kept["durationMs"],
            replayed=moment not in seen,
            attempts=kept["attempts"],
        )
    ]
