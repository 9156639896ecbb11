"""Takes a run to its end from whatever is recorded of it, any number of times and at once.

A run is a list of steps. What comes next is decided, without side effects, from what the journal
says (`next_action`); then it is done, and the journal is read again. So a run that was cut goes on
where it was cut, and two processes that play one run agree on every step.

    getBalance → the bets → the payouts → a bet in a second round → its rollback → getBalance

A spin has neither the second round nor the balances. Transaction and round ids follow from the run
alone.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from provider import casino_client, journal
from provider.answers import Answer
from provider.journal import Moment, Operation
from provider.models import Bet, BetKind, BetStatus, Run, RunKind, RunStatus

Bets = Mapping[str, Bet]


class CasinoSilent(Exception):
    """The casino decides nothing at present. What is open stays journalled; play on later."""

    def __init__(self, run: Run, step: str, answer: Answer) -> None:
        super().__init__(f"{step}: {answer.error}")
        self.run_id = run.run_id
        self.step = step
        self.answer = answer


@dataclass(frozen=True, slots=True)
class ReadBalance:
    moment: Moment


@dataclass(frozen=True, slots=True)
class Send:
    operation: Operation


Action = ReadBalance | Send | Literal["close", "finish", "nothing"]


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
        action = next_action(run, journal.bets_of(run_pk), may_bet=may_bet)
        match action:
            case "nothing":
                return seen
            case "finish":
                journal.finish(run_pk)
            case "close":
                journal.close(run_pk)
            case ReadBalance(moment):
                seen[moment] = _read_balance(run, moment)
            case Send(operation):
                _send(run, operation, seen)


def next_action(run: Run, bets: Bets, *, may_bet: bool = True) -> Action:
    """What is to be done next. Pure."""
    if run.status == RunStatus.FINISHED:
        return "nothing"
    if run.status == RunStatus.CLOSING:
        return _next_rollback(bets) or _next_balance(run, "closing") or "finish"
    return (
        _next_balance(run, "opening")
        or _next_operation(run, bets, may_bet=may_bet)
        or _next_balance(run, "closing")
        or "finish"
    )


def operations(run: Run) -> Iterator[Operation]:
    """Every movement of money in the script, in order."""
    name = _name(run)
    round_id = f"{name}.round-1"
    bet_ids = [f"{name}.bet-{number}" for number in range(1, len(run.bets) + 1)]
    for bet_id, amount in zip(bet_ids, run.bets, strict=True):
        yield Operation(BetKind.DEBIT, bet_id, round_id, amount)
    for index, amount in enumerate(run.wins):
        # Where there are more payouts than bets, the rest belongs to the last bet.
        bet_id = bet_ids[min(index, len(bet_ids) - 1)]
        yield Operation(BetKind.CREDIT, f"{name}.win-{index + 1}", round_id, amount, bet_id)
    if run.rollback_bet is not None:
        bet_id, round_id = f"{name}.bet-{len(run.bets) + 1}", f"{name}.round-2"
        taken_back = Operation(BetKind.DEBIT, bet_id, round_id, run.rollback_bet)
        yield taken_back
        yield rollback_of(bet_id, round_id, run.rollback_bet)


def rollback_of(bet_id: str, round_id: str, amount_minor: int) -> Operation:
    return Operation(BetKind.ROLLBACK, f"{bet_id}.rollback", round_id, amount_minor, bet_id)


def has_open_bet(bets: Bets) -> bool:
    """Whether a bet may stand that no payout made final and no rollback was decided for."""
    return _next_rollback(bets) is not None


def _name(run: Run) -> str:
    """What the run's ids begin with: readable, and of this run at this casino only."""
    whole = f"{run.casino.code} {run.kind} {run.run_id}"
    return f"{run.run_id}.{hashlib.sha256(whole.encode()).hexdigest()[:12]}"


def _next_operation(run: Run, bets: Bets, *, may_bet: bool) -> Action | None:
    for operation in operations(run):
        bet = bets.get(operation.transaction_id)
        if bet is None or bet.is_undecided:
            if operation.kind == BetKind.DEBIT and not may_bet:
                return "close"
            return Send(operation)
        if not _went_well(bet):
            return "close"
    return None


def _went_well(bet: Bet) -> bool:
    """Accepted; or accepted and then taken back, as the script has it for the second round."""
    taken_back = bet.status in (BetStatus.VOIDING, BetStatus.VOIDED) and bet.was_accepted
    return bet.status == BetStatus.ACCEPTED or taken_back


def _next_rollback(bets: Bets) -> Action | None:
    """The first bet that the casino may hold and that no payout made final."""
    paid = {
        bet.round_id
        for bet in bets.values()
        if bet.kind == BetKind.CREDIT and bet.status == BetStatus.ACCEPTED
    }
    for bet in bets.values():
        if bet.kind != BetKind.DEBIT or bet.round_id in paid:
            continue
        if bet.status in (BetStatus.REFUSED, BetStatus.VOIDED):
            continue
        operation = rollback_of(bet.transaction_id, bet.round.round_id, bet.amount)
        rollback = bets.get(operation.transaction_id)
        if rollback is None or rollback.is_undecided:
            return Send(operation)
    return None


def _next_balance(run: Run, moment: Moment) -> Action | None:
    closing = run.status == RunStatus.CLOSING
    if run.kind == RunKind.SPIN or (closing and run.opening_balance is None):
        return None
    if getattr(run, moment) is None:
        return ReadBalance(moment)
    refused = getattr(run, f"{moment}_balance") is None
    return "close" if refused and not closing else None


def _read_balance(run: Run, moment: Moment) -> Answer:
    balance = casino_client.get_balance(run.session)
    if not balance.answer.is_decision:
        raise CasinoSilent(run, "getBalance", balance.answer)
    journal.record_balance(run.pk, moment, balance.answer, balance.attempts)
    return balance.answer


def _send(run: Run, operation: Operation, seen: dict[str, Answer]) -> None:
    answer = casino_client.send(run.pk, operation)
    if answer is None:
        return
    seen[operation.transaction_id] = answer
    if answer.is_decision or journal.give_up(run.pk, operation.transaction_id):
        return
    raise CasinoSilent(run, operation.kind.lower(), answer)
