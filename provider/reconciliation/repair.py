"""Repairs what is safe: sends requests again under the same id, and plays runs to their end.

It requests nothing new. Ids and bytes come from the journal; a rollback has the id that its run
derives for it. Other differences are left with a reason.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from provider.models import Bet, BetKind, BetStatus, GameRound, RoundStatus, Run, RunStatus
from provider.reconciliation.comparison import Kind
from provider.reconciliation.entries import OpenRound
from provider.reconciliation.walk import Difference
from provider.runs import driver, journal, recovery, script
from provider.runs.journal import Amends
from provider.runs.script import Operation
from provider.runs.sending import send


class Repair(NamedTuple):
    """Whether a difference is repaired, and what was done or why nothing was done."""

    is_done: bool
    note: str
    is_replay: bool = False


def repair(difference: Difference) -> Repair:
    """Do what is safe about a difference. If that fails, it can be repeated."""
    kind, entry = difference.finding.kind, difference.entry
    try:
        if difference.open_round is not None:
            return _end_round(difference.open_round)
        if entry is None or kind not in _REPAIRS:
            return _left(_WHY_NOT[kind])
        if not difference.is_of_one_thing:
            return _left("the two sides have different things under this id")
        return _REPAIRS[kind](_BETS.get(pk=entry.pk))
    except driver.CasinoSilent as silence:
        return _left(f"the casino gives no decision at the moment ({silence})")


def _ask_again(bet: Bet) -> Repair:
    """The casino has it and sends its stored answer again. Then the run continues."""
    if bet.is_undecided:
        send(run_pk=bet.run_id, operation=_operation(bet))
    return _decided(bet)


def _learn(bet: Bet) -> Repair:
    """Let the casino confirm again that it took the bet.

    No process is playing a bet that is found like this. The rollback that its run derives gives it
    back, like every undecided bet.
    """
    send(run_pk=bet.run_id, operation=_operation(bet), amends=Amends.TAKEN)
    bet.refresh_from_db()
    if bet.status == BetStatus.REFUSED:
        return _left("the casino did not confirm that it took it")
    return _decided(bet)


def _send_owed_again(bet: Bet) -> Repair:
    """A payout or rollback that the casino has lost is still owed."""
    if bet.bet_type == BetKind.DEBIT and bet.status == BetStatus.VOIDED:
        return _send_rollback_again(bet)
    if bet.bet_type == BetKind.DEBIT:
        return _left("a bet that the casino does not have is not placed again")
    return _again(bet)


def _send_rollback_again(bet: Bet) -> Repair:
    rollback = _BETS.filter(related=bet, bet_type=BetKind.ROLLBACK).first()
    if rollback is None or rollback.status != BetStatus.ACCEPTED:
        return _left("the casino refused its rollback")
    return _again(rollback)


def _roll_back(bet: Bet) -> Repair:
    outcome = _send_rollback_again(bet)
    if outcome.is_replay:
        return _left("the casino says again that it rolled it back")
    return outcome


def _end_round(found: OpenRound) -> Repair:
    _play_to_its_end(found.run_pk)
    status = GameRound.objects.get(pk=found.pk).status
    if status == RoundStatus.OPEN:
        return _left("its run was played to its end; the round is still open")
    return _done(f"its run was played to its end; the round is {status.lower()}")


def _decided(bet: Bet) -> Repair:
    _play_to_its_end(bet.run_id)
    bet.refresh_from_db()
    if bet.is_undecided or bet.status == BetStatus.VOIDING:
        return _left(f"its run was played to its end; it is still {bet.status.lower()}")
    return _done(f"its run was played to its end; it is {bet.status.lower()}")


def _play_to_its_end(run_pk: int) -> None:
    """Play a run like recovery. A finished run with an open bet is closed again first."""
    run = Run.objects.get(pk=run_pk)
    if run.status == RunStatus.FINISHED and any(script.open_bets(journal.bets_of(run_pk=run_pk))):
        journal.reopen(run_pk=run_pk)
        run.refresh_from_db()
    recovery.play_on(run)


def _again(bet: Bet) -> Repair:
    answer = send(run_pk=bet.run_id, operation=_operation(bet), amends=Amends.LOST)
    if answer is None or not answer.is_decision:
        return _left("the casino gives no decision at the moment")
    if answer.http_status != 200:
        return _left(f"the casino refuses it: {answer.http_status} {answer.code}")
    return Repair(True, f"{bet.transaction_id} was sent again", answer.replayed)


def _operation(bet: Bet) -> Operation:
    """The operation from the journal. Its request is sent byte for byte."""
    return Operation(
        BetKind(bet.bet_type),
        bet.transaction_id,
        bet.round.round_id,
        bet.amount,
        bet.related.transaction_id if bet.related else None,
    )


_BETS = Bet.objects.select_related("run", "round", "related")


def _done(note: str) -> Repair:
    return Repair(True, note)


def _left(note: str) -> Repair:
    return Repair(False, note)


_REPAIRS: Mapping[Kind, Callable[[Bet], Repair]] = {
    Kind.REPLY_LOST: _ask_again,
    Kind.UNDECIDED: _decided,
    Kind.MISSING_AT_CASINO: _send_owed_again,
    Kind.NOT_ROLLED_BACK: _roll_back,
    Kind.TAKEN_ALTHOUGH_REFUSED: _learn,
}

_WHY_NOT: Mapping[Kind, str] = {
    Kind.MISSING_AT_PROVIDER: "the journal does not record what it never requested",
    Kind.AMOUNT_DIFFERS: "a person has to decide which amount is right",
    Kind.CONTENT_DIFFERS: "a person has to decide which side is right",
    Kind.TOMBSTONE_WITHOUT_BET: "a person has to find out who made it",
    Kind.ROLLED_BACK_AT_CASINO: "a person has to find out who rolled it back",
    Kind.LATE_BET_REFUSED: "nothing has to be done",
}
