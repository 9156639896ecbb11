"""A run: the probe, every case, and the wallet left as it was found."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from scripts.certification import CannotRun
from scripts.certification.amounts import to_major
from scripts.certification.cases.language import Balance, Case, Severity
from scripts.certification.config import Player
from scripts.certification.engine import CannotJudge, Play, Stopped, Table
from scripts.certification.hooks import HookFailed
from scripts.certification.interruption import Interruption
from scripts.certification.needs import Planned
from scripts.certification.outcomes import Outcome
from scripts.certification.restoring import check_split, close_rounds, level, may_be_charged
from scripts.certification.results import (
    BalanceLine,
    CaseResult,
    StepResult,
    Verdict,
    judge,
)
from scripts.certification.seats import NoSession

NEEDED_STAKES = 120
"""What the main player must hold, in stakes, so that every case can be played."""
SETTLE_SECONDS = 0.4
"""How long a request whose answer was given up may take before its effect is checked."""
TROUBLED_CASES = 2
"""After this many cases in a row without an answer at their end, or with a bet that could not be
given back, the rest is not played.
"""

RESTORING = "interrupted; restoring the wallet (press Ctrl-C again to leave it as it is)"

Progress = Callable[[CaseResult | Case | str], None]
"""Receives each case as it begins, its result as it ends, and what else there is to show."""

PROBE = Case(
    id="probe",
    title="Probe",
    purpose="Sessions and balances before the first case.",
    severity=Severity.INFO,
    sources=[],
    steps=[],
)


@dataclass(slots=True)
class Outcomes:
    """``found``: each player's balance before, in minor units. ``left``: what is not as before.

    ``notes``: what no contract has a way to restore. ``stopped``: why the rest was not played.
    """

    results: list[CaseResult] = field(default_factory=list)
    found: dict[str, int] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    stopped: str = ""


def run(table: Table, plans: Sequence[Planned], progress: Progress) -> Outcomes:
    """Play what is planned. Raises CannotRun if the probe finds no wallet to certify.

    Raises KeyboardInterrupt if it is interrupted during the probe, when nothing has moved yet.
    """
    interruption = Interruption()
    with interruption.watched():
        with interruption.stops_after(1):
            outcomes = Outcomes(found=_probe(table))
        redeemable = dict(table.redeemable)
        troubled, trouble = 0, ""
        for planned in plans:
            if planned.skipped or outcomes.stopped:
                reason = planned.skipped or outcomes.stopped
                outcomes.results.append(CaseResult(planned.case, Verdict.SKIPPED, reason))
            else:
                progress(planned.case)
                outcomes.results.append(
                    _case(table, planned, outcomes.found, interruption, progress)
                )
                trouble = _trouble(table, outcomes.results[-1])
                troubled = troubled + 1 if trouble else 0
            if not outcomes.stopped:
                progress(outcomes.results[-1])
                outcomes.stopped = why_to_stop(interruption, troubled, trouble)
        outcomes.left = _left(table, outcomes.found, interruption)
    outcomes.notes = _splits(table, redeemable)
    return outcomes


def why_to_stop(interruption: Interruption, troubled: int, trouble: str) -> str:
    """Empty if the run continues. ``troubled``: how many cases in a row had trouble, and
    ``trouble`` which the last one had.
    """
    if interruption.was_asked:
        return "the run was interrupted"
    return trouble if troubled >= TROUBLED_CASES else ""


def _trouble(table: Table, result: CaseResult) -> str:
    """Why it does more harm than good to go on like this. Empty if it does not."""
    if table.unanswered:
        return f"the wallet had stopped answering ({table.unanswered})"
    return "bets could not be given back" if result.costs_money else ""


def _probe(table: Table) -> dict[str, int]:
    """Read every player's balance, so that a wrong configuration is found at once."""
    play = Play(table, Planned(PROBE, ()))
    result = StepResult(0, "Probe")
    try:
        for player in table.config.players:
            attempt = play.drafting.attempt(Balance(seat=table.seats.home(player).name))
            reading = play.ask(attempt, result)
            if reading.outcome is not Outcome.ACCEPTED or reading.balance is None:
                told = "; ".join(reading.faults) or f"{reading.outcome.phrase} ({reading.said})"
                raise CannotRun(f"the balance of {player.id} cannot be read: {told}")
            table.books.balances[player.id] = reading.balance
            table.redeemable[player.id] = reading.redeemable
    except CannotJudge as fault:
        raise CannotRun(f"{table.url} cannot be reached: {fault}") from None
    main = table.config.players[0]
    games = table.config.games
    limits = games.limited_least + games.limited_most if games.limited else 0
    needed = max(table.config.stake * NEEDED_STAKES, limits)
    if table.books.balances[main.id] < needed:
        raise CannotRun(f"{main.id} holds too little: the cases need {needed} minor units")
    return dict(table.books.balances)


def _case(
    table: Table,
    planned: Planned,
    found: Mapping[str, int],
    interruption: Interruption,
    progress: Progress,
) -> CaseResult:
    """One case from its first step to the last balance, whatever happens in between."""
    began = time.monotonic()
    table.books.forget()
    result = CaseResult(planned.case)
    opening = dict(table.books.balances)
    play = Play(table, planned)
    try:
        with interruption.stops_after(1):
            _steps(play, planned, result)
            _closing(play, opening, result)
    except (CannotJudge, NoSession, HookFailed) as fault:
        result.verdict, result.reason = Verdict.ERROR, str(fault)
    except KeyboardInterrupt:
        result.verdict, result.reason = Verdict.ERROR, "interrupted"
        progress(RESTORING)
        time.sleep(SETTLE_SECONDS)
    _clean_up(play, opening, result, found, interruption)
    if result.verdict is not Verdict.ERROR:
        result.verdict = judge(planned.case.severity, result.remarks)
        result.reason = "; ".join(dict.fromkeys(_told(result)))
    result.seconds = time.monotonic() - began
    return result


def _told(result: CaseResult) -> list[str]:
    """What is wrong. If nothing is, what the report has to say."""
    notes = [step.note for step in result.steps if step.note]
    return [remark.text for remark in result.remarks] or notes


def _steps(play: Play, planned: Planned, result: CaseResult) -> None:
    for number, step in enumerate(planned.steps, start=1):
        step_result = play.begin(number, step)
        result.steps.append(step_result)
        try:
            play.step(step, step_result)
        except Stopped:
            return
        if any(not remark.is_strict for remark in step_result.remarks):
            return


def _closing(play: Play, opening: dict[str, int], result: CaseResult) -> None:
    """getBalance must equal the tool's own arithmetic for everybody who played."""
    table = play.table
    step = StepResult(0, "The balance must be the tool's own arithmetic")
    result.steps.append(step)
    if play.gave_up:
        time.sleep(SETTLE_SECONDS)
    for player in _players(play):
        observation, held = play.balance(table.seats.home(player).name, step)
        observation.label = f"balance of {player.id}"
        if held is not None:
            expected = table.books.balances[player.id]
            observation.expected = to_major(expected, player.exponent)
            observation.observed = to_major(held, player.exponent)
        step.observations.append(observation)
        result.balances.append(
            BalanceLine(
                player.id,
                player.currency,
                player.exponent,
                opening[player.id],
                table.books.balances[player.id],
                held,
            )
        )


def _clean_up(
    play: Play,
    opening: Mapping[str, int],
    result: CaseResult,
    found: Mapping[str, int],
    interruption: Interruption,
) -> None:
    """Undo hooks, close rounds and restore balances, whatever happened before."""
    table = play.table
    table.wire.close_unread()
    step = result.restoring = StepResult(0, "Leaving the wallet as it was found")
    try:
        with interruption.stops_after(2):
            _take_back(play)
            close_rounds(play, step)
            for player in _players(play):
                check_split(play, player, opening[player.id], step)
                if left := level(play, player, found[player.id], step):
                    charged = may_be_charged(play, player)
                    result.costs_money |= bool(charged)
                    step.note = "; ".join(filter(None, (step.note, left + charged)))
    except (CannotJudge, NoSession, HookFailed) as fault:
        step.note = str(fault)
    except KeyboardInterrupt:
        step.note = "interrupted a second time"
    table.seats.leave_spare()


def _take_back(play: Play) -> None:
    """Undo what hooks did. Wallets may end the sessions of a player whom they block."""
    table = play.table
    for hook in play.case.cleanup:
        if table.hooks.has(hook.name):
            play.hook(hook)
            table.seats.leave_all_of(table.seats.seat(hook.seat).player)


def _players(play: Play) -> list[Player]:
    return [each for each in play.table.config.players if each.id in play.players]


def _left(table: Table, found: Mapping[str, int], interruption: Interruption) -> list[str]:
    """What could not be restored. Tries once more, because a later case may have changed it."""
    play, step = Play(table, Planned(PROBE, ())), StepResult(0, "End")
    table.books.recall()
    if "rollbacks" in table.profile.features:  # a win that is sent again could be paid twice
        with suppress(CannotJudge, NoSession, KeyboardInterrupt), interruption.stops_after(2):
            close_rounds(play, step)
    told = []
    for player in table.config.players:
        try:
            with interruption.stops_after(2):
                left = level(play, player, found[player.id], step)
        except (CannotJudge, NoSession) as fault:
            left = f"{player.id}: {fault}"
        except KeyboardInterrupt:
            left = f"{player.id}: not checked, because the run was interrupted a second time"
        if left:
            told.append(left + may_be_charged(play, player))
    return told


def _splits(table: Table, before: Mapping[str, int | None]) -> list[str]:
    """Winnings are redeemable, and stakes use the rest first, so this part can only grow."""
    told = []
    for player in table.config.players:
        then, now = before[player.id], table.redeemable[player.id]
        if then is not None and now is not None and then != now:
            amounts = (
                f"{to_major(now, player.exponent)} instead of {to_major(then, player.exponent)}"
            )
            told.append(
                f"{player.id}: {amounts} {player.currency} are redeemable, because of winnings"
            )
    return told
