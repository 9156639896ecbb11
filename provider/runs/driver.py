"""Takes a run to its end from whatever is recorded of it, any number of times and at once.

What comes next is decided from what the journal says (``script.next_action``); then it is done, and
the journal is read again. The steps that end something, closing and finishing, are decided once
more under the run's lock: what was read before the wait for it may be over.
"""

from provider import casino_client
from provider.models import Run
from provider.runs import journal
from provider.runs.script import Moment, Operation, ReadBalance, Send, next_action, outcome_of
from provider.runs.sending import send
from provider.verdicts import Answer


class CasinoSilent(Exception):
    """The casino decides nothing at present. What is open stays journalled; play on later."""

    def __init__(self, run: Run, step: str, answer: Answer) -> None:
        super().__init__(f"{step}: {answer.error}")
        self.run_id = run.run_id
        self.step = step
        self.answer = answer


def play(run_pk: int, *, may_bet: bool = True) -> dict[str, Answer]:
    """Play the run to its end. Returns what the casino answered meanwhile, by transaction id.

    The balances are there by their moment, ``opening`` and ``closing``. With ``may_bet`` off, no
    bet is sent any more that is not decided yet: the run is brought to its end without it.

    Raises:
        CasinoSilent: a step could not be decided now.
    """
    seen: dict[str, Answer] = {}
    while True:
        run = Run.objects.select_related("session__casino", "casino").get(pk=run_pk)
        match next_action(run, journal.bets_of(run_pk), may_bet=may_bet):
            case "nothing":
                return seen
            case "finish":
                _finish(run_pk, may_bet=may_bet)
            case "close":
                _close(run_pk, may_bet=may_bet)
            case ReadBalance(moment):
                seen[moment] = _read_balance(run, moment)
            case Send(operation):
                _send(run, operation, seen)


def _close(run_pk: int, *, may_bet: bool) -> None:
    """Close the run, if there is still a reason to: a bet may have been taken since."""
    with journal.locked(run_pk) as run:
        if next_action(run, journal.bets_of(run_pk), may_bet=may_bet) == "close":
            journal.close(run)


def _finish(run_pk: int, *, may_bet: bool) -> None:
    """Finish the run, if nothing is left to do still."""
    with journal.locked(run_pk) as run:
        bets = journal.bets_of(run_pk)
        if next_action(run, bets, may_bet=may_bet) == "finish":
            journal.finish(run, outcome_of(run, bets))


def _read_balance(run: Run, moment: Moment) -> Answer:
    balance = casino_client.get_balance(run.session)
    if not balance.answer.is_decision:
        raise CasinoSilent(run, "getBalance", balance.answer)
    journal.record_balance(run.pk, moment, balance.answer, balance.attempts)
    return balance.answer


def _send(run: Run, operation: Operation, seen: dict[str, Answer]) -> None:
    answer = send(run_pk=run.pk, operation=operation)
    if answer is None:
        return
    seen[operation.transaction_id] = answer
    if answer.is_decision or journal.give_up(run.pk, operation.transaction_id):
        return
    raise CasinoSilent(run, operation.kind.lower(), answer)
