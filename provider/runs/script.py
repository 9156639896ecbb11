"""What a run does next, and how it ended. Pure: both follow from the journal.

A run is a list of steps. Every process that plays it derives the next step from the same record. So
an interrupted run continues where it stopped, and two processes that play one run agree on every
step.

    getBalance → the bets → the payouts → a bet in a second round → its rollback → getBalance

A spin has neither the second round nor the balances. Transaction and round ids follow from the run
and nothing else.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from provider.models import Bet, BetKind, BetStatus, Run, RunKind, RunOutcome, RunStatus

Bets = Mapping[str, Bet]
"""A run's operations from the journal, by transaction id."""

Moment = Literal["opening", "closing"]


@dataclass(frozen=True, slots=True)
class Operation:
    """A money movement to request from a casino. ``related_id`` is the transaction it refers to."""

    kind: BetKind
    transaction_id: str
    round_id: str
    amount_minor: int
    related_id: str | None = None


@dataclass(frozen=True, slots=True)
class ReadBalance:
    moment: Moment


@dataclass(frozen=True, slots=True)
class Send:
    operation: Operation


Action = ReadBalance | Send | Literal["close", "finish", "nothing"]


def next_action(*, run: Run, bets: Bets, may_bet: bool = True) -> Action:
    """What to do next. Without ``may_bet``, a bet that is not decided yet is not sent."""
    if run.status == RunStatus.FINISHED:
        return "nothing"
    if run.status == RunStatus.CLOSING:
        return (
            _next_undecided_payout(run, bets)
            or _next_rollback(bets)
            or _next_balance(run, "closing")
            or "finish"
        )
    return (
        _next_balance(run, "opening")
        or _next_operation(run, bets, may_bet=may_bet)
        or _next_balance(run, "closing")
        or "finish"
    )


def outcome_of(*, run: Run, bets: Bets) -> RunOutcome:
    """How the run ended: completed if its script was carried out to the end."""
    was_played = all(
        operation.transaction_id in bets and _went_well(bets[operation.transaction_id])
        for operation in operations(run)
    )
    was_read = run.kind == RunKind.SPIN or None not in (run.opening_balance, run.closing_balance)
    return RunOutcome.COMPLETED if was_played and was_read else RunOutcome.REFUSED


def operations(run: Run) -> Iterator[Operation]:
    """Every movement of money in the script, in order."""
    name = _name(run)
    round_id = f"{name}.round-1"
    bet_ids = [f"{name}.bet-{number}" for number in range(1, len(run.bets) + 1)]
    for bet_id, amount in zip(bet_ids, run.bets, strict=True):
        yield Operation(BetKind.DEBIT, bet_id, round_id, amount)
    for index, amount in enumerate(run.wins):
        # If there are more payouts than bets, the rest belongs to the last bet.
        bet_id = bet_ids[min(index, len(bet_ids) - 1)]
        yield Operation(BetKind.CREDIT, f"{name}.win-{index + 1}", round_id, amount, bet_id)
    if run.rollback_bet is not None:
        bet_id, round_id = f"{name}.bet-{len(run.bets) + 1}", f"{name}.round-2"
        taken_back = Operation(BetKind.DEBIT, bet_id, round_id, run.rollback_bet)
        yield taken_back
        yield _rollback_of(bet_id, round_id, run.rollback_bet)


def _rollback_of(bet_id: str, round_id: str, amount_minor: int) -> Operation:
    return Operation(BetKind.ROLLBACK, _rollback_id(bet_id), round_id, amount_minor, bet_id)


def _rollback_id(bet_id: str) -> str:
    return f"{bet_id}.rollback"


def open_bets(bets: Bets) -> Iterator[Bet]:
    """The bets that the casino may hold, that no payout made final and that can be rolled back."""
    paid = {bet.round_id for bet in _payouts(bets) if bet.status == BetStatus.ACCEPTED}
    for bet in bets.values():
        if bet.bet_type != BetKind.DEBIT or bet.round_id in paid:
            continue
        if bet.status in (BetStatus.REFUSED, BetStatus.VOIDED):
            continue
        rollback = bets.get(_rollback_id(bet.transaction_id))
        if rollback is None or rollback.is_undecided:
            yield bet


def is_up_to_payouts(bets: Bets) -> bool:
    """Whether a payout was sent and no bet of another round is open: the payouts decide the run."""
    sent = {bet.round_id for bet in _payouts(bets) if bet.status != BetStatus.REFUSED}
    return bool(sent) and all(bet.round_id in sent for bet in open_bets(bets))


def _payouts(bets: Bets) -> Iterator[Bet]:
    return (bet for bet in bets.values() if bet.bet_type == BetKind.CREDIT)


def _name(run: Run) -> str:
    """The prefix of the run's ids. It is readable, and unique to this run at this casino."""
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
    """Accepted, or accepted and then rolled back, as the script does in the second round."""
    taken_back = bet.status in (BetStatus.VOIDING, BetStatus.VOIDED) and bet.was_accepted
    return bet.status == BetStatus.ACCEPTED or taken_back


def _next_undecided_payout(run: Run, bets: Bets) -> Action | None:
    """A payout that was sent. The casino may have made it, and then its round's bets are final."""
    for operation in operations(run):
        bet = bets.get(operation.transaction_id)
        if operation.kind == BetKind.CREDIT and bet is not None and bet.is_undecided:
            return Send(operation)
    return None


def _next_rollback(bets: Bets) -> Action | None:
    """The rollback of the first open bet."""
    for bet in open_bets(bets):
        return Send(_rollback_of(bet.transaction_id, bet.round.round_id, bet.amount))
    return None


def _next_balance(run: Run, moment: Moment) -> Action | None:
    closing = run.status == RunStatus.CLOSING
    if run.kind == RunKind.SPIN or (closing and run.opening_balance is None):
        return None
    if getattr(run, moment) is None:
        return ReadBalance(moment)
    refused = getattr(run, f"{moment}_balance") is None
    return "close" if refused and not closing else None
