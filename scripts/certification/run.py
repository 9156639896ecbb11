"""A run: the probe, every case, and the wallet left as it was found."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from scripts.certification import CannotRun
from scripts.certification.cases.language import Balance, Case, Severity
from scripts.certification.config import Player
from scripts.certification.engine import CannotJudge, Play, Stopped, Table
from scripts.certification.hooks import HookFailed
from scripts.certification.needs import Planned
from scripts.certification.outcomes import Outcome
from scripts.certification.restoring import close_rounds, level
from scripts.certification.results import (
    BalanceLine,
    CaseResult,
    Observation,
    Remark,
    StepResult,
    Verdict,
    judge,
)
from scripts.certification.seats import NoSession

NEEDED_STAKES = 120
"""What the main player must hold, in stakes, so that every case can be played."""
READINGS = 5
"""How often a balance is read again while a request whose answer was given up may be under way."""

Progress = Callable[[CaseResult | Case], None]
"""Told each case as it begins, and its result as it ends."""

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
    """``found``: each player's balance before, in minor units. ``left``: what is not as before."""

    results: list[CaseResult] = field(default_factory=list)
    found: dict[str, int] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    was_interrupted: bool = False


def run(table: Table, plans: Sequence[Planned], progress: Progress) -> Outcomes:
    """Play what is planned. Raises CannotRun if the probe finds no wallet to certify."""
    outcomes = Outcomes(found=_probe(table))
    for planned in plans:
        if planned.skipped or outcomes.was_interrupted:
            reason = planned.skipped or "the run was interrupted"
            result = CaseResult(planned.case, Verdict.SKIPPED, reason)
        else:
            progress(planned.case)
            result = _case(table, planned, outcomes)
        outcomes.results.append(result)
        progress(result)
    outcomes.left = _left(table, outcomes.found)
    return outcomes


def _probe(table: Table) -> dict[str, int]:
    """Read every player's balance, so that an unusable configuration is told at once."""
    play = Play(table, Planned(PROBE, ()))
    result = StepResult(0, "Probe")
    try:
        for player in table.config.players:
            attempt = play.drafting.attempt(Balance(seat=table.seats.home(player).name))
            reading = play.ask(attempt, result)
            if reading.outcome is not Outcome.ACCEPTED or reading.balance is None:
                told = "; ".join(reading.faults) or f"{reading.outcome} ({reading.said})"
                raise CannotRun(f"the balance of {player.id} cannot be read: {told}")
            table.books.balances[player.id] = reading.balance
    except CannotJudge as fault:
        raise CannotRun(f"{table.url} cannot be reached: {fault}") from None
    main = table.config.players[0]
    needed = table.config.stake * NEEDED_STAKES
    if table.books.balances[main.id] < needed:
        raise CannotRun(f"{main.id} holds too little: the cases need {needed} minor units")
    return dict(table.books.balances)


def _case(table: Table, planned: Planned, outcomes: Outcomes) -> CaseResult:
    """One case from its first step to the last balance, whatever happens in between."""
    began = time.monotonic()
    table.books.forget()
    result = CaseResult(planned.case)
    opening = dict(table.books.balances)
    play = Play(table, planned)
    try:
        _steps(play, planned, result)
        _closing(play, opening, result)
        result.verdict = judge(planned.case.severity, result.remarks)
        result.reason = "; ".join(dict.fromkeys(each.text for each in result.remarks))
    except (CannotJudge, NoSession, HookFailed) as fault:
        result.verdict, result.reason = Verdict.ERROR, str(fault)
    except KeyboardInterrupt:
        outcomes.was_interrupted = True
        result.verdict, result.reason = Verdict.ERROR, "interrupted"
    _clean_up(play, planned, result, outcomes)
    result.seconds = time.monotonic() - began
    return result


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
    """getBalance must be the tool's own arithmetic, for everybody who played."""
    table = play.table
    step = StepResult(0, "The balance must be the tool's own arithmetic")
    result.steps.append(step)
    for player in _players(play):
        seat = table.seats.home(player).name
        observation, held = play.balance(seat, step)
        for _ in range(READINGS if play.gave_up else 0):
            if not observation.remarks:
                break
            time.sleep(0.2)
            observation, held = play.balance(seat, step)
        observation.label = f"balance of {player.id}"
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


def _clean_up(play: Play, planned: Planned, result: CaseResult, outcomes: Outcomes) -> None:
    table = play.table
    table.wire.close_unread()
    step = result.restoring = StepResult(0, "Leaving the wallet as it was found")
    try:
        for hook in planned.case.cleanup:
            if table.hooks.has(hook.name):
                play.hook(hook)
        close_rounds(play, step)
        for player in _players(play):
            level(play, player, outcomes.found[player.id], step)
    except (CannotJudge, NoSession, HookFailed) as fault:
        step.observations.append(Observation("restoring", "done", str(fault), [Remark(str(fault))]))
    table.seats.leave_spare()


def _players(play: Play) -> list[Player]:
    return [each for each in play.table.config.players if each.id in play.players]


def _left(table: Table, found: dict[str, int]) -> list[str]:
    """What is not as it was found; tried once more, for a case may have spoilt another's end."""
    play = Play(table, Planned(PROBE, ()))
    told = []
    for player in table.config.players:
        try:
            told.append(level(play, player, found[player.id], StepResult(0, "End")))
        except CannotJudge as fault:
            told.append(f"{player.id}: {fault}")
    return [each for each in told if each]
