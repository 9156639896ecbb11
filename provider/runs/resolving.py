"""Resolves an open run for a person who does not wait for recovery, and reports what happened.

Recovery plays every run to its end. Staff can do that now, or end a run early, so that its open
bets are rolled back. Both do what recovery does and are safe while others play the run.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from provider.models import Bet, BetKind, BetStatus, Run, RunKind, RunOutcome, RunStatus
from provider.runs import driver, journal
from provider.runs.script import Bets, is_up_to_payouts, open_bets

_VOID = (BetStatus.REFUSED, BetStatus.VOIDED)


class RunIsOver(Exception):
    """There is nothing to resolve: another process has played the run to its end."""

    def __init__(self) -> None:
        super().__init__("This run was already over, so nothing was done.")


@dataclass(frozen=True, slots=True)
class Resolved:
    """What became of the bets that stood or were placed: the ids of those that were rolled back, of
    those that a payout made final, and of those whose rollback the casino refused.

    ``outcome`` is blank while the run is open, and ``problem`` says why it is.
    """

    rolled_back: list[str]
    final: list[str]
    refused: list[str]
    outcome: str
    problem: str

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to do for recovery or for a person."""
        return bool(self.outcome) and not self.refused

    def sentences(self) -> Iterator[str]:
        if self.rolled_back:
            yield f"Rolled back {', '.join(self.rolled_back)}."
        if self.final:
            yield f"A payout made {', '.join(self.final)} final."
        if self.refused:
            names = ", ".join(self.refused)
            yield f"The casino refused to roll back {names}: a person has to decide about it."
        if not self.outcome:
            yield f"The run is still open: {self.problem}."
        elif self.outcome == RunOutcome.COMPLETED:
            yield "The run was completed."
        else:
            yield "The run is over."


def ask_again(*, run_pk: int) -> Resolved:
    """Play a run to its end now, as recovery would. Calls the casino. Raises RunIsOver."""
    with journal.locked(run_pk=run_pk) as run:
        bets = _bets_of_open(run)
    # A player's spin is not started without the player (``recovery.play_on``).
    return _play(run, bets, may_bet=run.kind == RunKind.SIMULATION)


def roll_back(*, run_pk: int) -> Resolved:
    """End a run early: nothing more is staked, and bets that no payout made final are rolled back.

    If the only open question is a payout that was sent, the casino's answer to it decides: if it
    was made, the payouts that are still owed are sent too; if it is refused, the bets are rolled
    back. Raises RunIsOver.
    """
    with journal.locked(run_pk=run_pk) as run:
        bets = _bets_of_open(run)
        if run.status == RunStatus.RUNNING and not is_up_to_payouts(bets):
            journal.close(run)
    return _play(run, bets, may_bet=False)


def _bets_of_open(run: Run) -> Bets:
    if run.status == RunStatus.FINISHED:
        raise RunIsOver
    return journal.bets_of(run_pk=run.pk)


def _play(run: Run, before: Bets, *, may_bet: bool) -> Resolved:
    problem = ""
    try:
        driver.play(run_pk=run.pk, may_bet=may_bet)
    except driver.CasinoSilent as silence:
        problem = str(silence)
    run.refresh_from_db()
    bets = journal.bets_of(run_pk=run.pk)
    void_before = {name for name, bet in before.items() if bet.status in _VOID}
    stood = [
        bet
        for name, bet in bets.items()
        if bet.bet_type == BetKind.DEBIT and name not in void_before
    ]
    still_open = {bet.pk for bet in open_bets(bets)}
    decided = [bet for bet in stood if bet.pk not in still_open]
    return Resolved(
        rolled_back=_ids(decided, BetStatus.VOIDED),
        final=_ids(decided, BetStatus.ACCEPTED),
        refused=_ids(decided, BetStatus.VOIDING),
        outcome=run.outcome,
        problem=problem,
    )


def _ids(bets: Iterable[Bet], status: BetStatus) -> list[str]:
    return [bet.transaction_id for bet in bets if bet.status == status]
