"""Plays a run to its end from what is recorded. Several processes may do so at the same time.

The journal determines the next step (``script.next_action``). After the step, the journal is read
again. The two final steps, closing and finishing, are decided again under the run's lock, because
the journal may have changed while waiting for it.
"""

from provider import casino_client
from provider.models import Run, Session
from provider.runs import journal
from provider.runs.script import Moment, Operation, ReadBalance, Send, next_action, outcome_of
from provider.runs.sending import send
from provider.verdicts import Answer


class CasinoSilent(Exception):
    """The casino does not decide now. Open operations stay in the journal; play the run later."""

    def __init__(self, run: Run, step: str, answer: Answer) -> None:
        super().__init__(f"{step}: {answer.error}")
        self.run_id = run.run_id
        self.step = step
        self.answer = answer


def play(*, run_pk: int, may_bet: bool = True) -> dict[str, Answer]:
    """Play the run to its end. Returns the casino's answers by transaction id.

    They include the balances under ``opening`` and ``closing``. Without ``may_bet``, a bet that is
    not decided yet is not sent: the run ends without it.

    Raises:
        CasinoSilent: the casino did not decide a step.
    """
    seen: dict[str, Answer] = {}
    while True:
        run = Run.objects.select_related("casino").get(pk=run_pk)
        bets = journal.bets_of(run_pk=run_pk)
        match next_action(run=run, bets=bets, may_bet=may_bet):
            case "nothing":
                return seen
            case "finish":
                if _finish(run, may_bet=may_bet):
                    return seen
            case "close":
                _close(run, may_bet=may_bet)
            case ReadBalance(moment):
                seen[moment] = _read_balance(run, moment)
            case Send(operation):
                _send(run, operation, seen)


def _close(read: Run, *, may_bet: bool) -> None:
    """Close the run if there is still a reason to: the casino may have taken a bet meanwhile."""
    with journal.locked(run_pk=read.pk) as run:
        run.casino = read.casino
        bets = journal.bets_of(run_pk=run.pk)
        if next_action(run=run, bets=bets, may_bet=may_bet) == "close":
            journal.close(run)


def _finish(read: Run, *, may_bet: bool) -> bool:
    """Finish the run, if there is still nothing left to do. Returns whether it did."""
    with journal.locked(run_pk=read.pk) as run:
        run.casino = read.casino
        bets = journal.bets_of(run_pk=run.pk)
        if next_action(run=run, bets=bets, may_bet=may_bet) != "finish":
            return False
        journal.finish(run=run, outcome=outcome_of(run=run, bets=bets))
        return True


def _read_balance(run: Run, moment: Moment) -> Answer:
    session = Session.objects.select_related("casino").get(pk=run.session_id)
    balance = casino_client.get_balance(session)
    if not balance.answer.is_decision:
        raise CasinoSilent(run, "getBalance", balance.answer)
    journal.record_balance(
        run_pk=run.pk, moment=moment, answer=balance.answer, attempts=balance.attempts
    )
    return balance.answer


def _send(run: Run, operation: Operation, seen: dict[str, Answer]) -> None:
    answer = send(run_pk=run.pk, operation=operation)
    if answer is None:
        return
    seen[operation.transaction_id] = answer
    if answer.is_decision:
        return
    if journal.give_up(run_pk=run.pk, transaction_id=operation.transaction_id):
        return
    raise CasinoSilent(run, operation.kind.lower(), answer)
