"""A run: the probe, every case, and the wallet left as it was found."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from scripts.certification import CannotRun
from scripts.certification.amounts import to_major
from scripts.certification.cases.language import Balance, Case, Severity
from scripts.certification.config import Player
from scripts.certification.engine import CannotJudge, Play, Stopped, Table
from scripts.certification.hooks import HookFailed
from scripts.certification.needs import Planned
from scripts.certification.outcomes import Outcome
from scripts.certification.restoring import check_split, close_rounds, level
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
"""How long a request whose answer was given up may go on before its effect is looked for."""

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
    """``found``: each player's balance before, in minor units. ``left``: what is not as before.

    ``notes``: what no contract has a way to restore.
    """

    results: list[CaseResult] = field(default_factory=list)
    found: dict[str, int] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    was_interrupted: bool = False


def run(table: Table, plans: Sequence[Planned], progress: Progress) -> Outcomes:
    """Play what is planned. Raises CannotRun if the probe finds no wallet to certify."""
    outcomes = Outcomes(found=_probe(table))
    redeemable = dict(table.redeemable)
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
    outcomes.notes = _splits(table, redeemable)
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
            table.redeemable[player.id] = reading.redeemable
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
    except (CannotJudge, NoSession, HookFailed) as fault:
        result.verdict, result.reason = Verdict.ERROR, str(fault)
    except KeyboardInterrupt:
        outcomes.was_interrupted = True
        result.verdict, result.reason = Verdict.ERROR, "interrupted"
    _clean_up(play, opening, result, outcomes)
    if result.verdict is not Verdict.ERROR:
        result.verdict = judge(planned.case.severity, result.remarks)
        result.reason = "; ".join(dict.fromkeys(each.text for each in result.remarks))
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


def _clean_up(play: Play, opening: dict[str, int], result: CaseResult, outcomes: Outcomes) -> None:
    """Whatever happened before: hooks are taken back, rounds closed, balances restored."""
    table = play.table
    table.wire.close_unread()
    step = result.restoring = StepResult(0, "Leaving the wallet as it was found")
    try:
        for hook in result.case.cleanup:
            if table.hooks.has(hook.name):
                play.hook(hook)
        close_rounds(play, step)
        for player in _players(play):
            check_split(play, player, opening[player.id], step)
            level(play, player, outcomes.found[player.id], step)
    except (CannotJudge, NoSession, HookFailed) as fault:
        step.note = str(fault)
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


def _splits(table: Table, before: Mapping[str, int | None]) -> list[str]:
    """Winnings are redeemable, stakes use the rest first: that part can only grow."""
    told = []
    for player in table.config.players:
        then, now = before[player.id], table.redeemable[player.id]
        if then is not None and now is not None and then != now:
            amounts = (
                f"{to_major(now, player.exponent)} instead of {to_major(then, player.exponent)}"
            )
            told.append(f"{player.id}: {amounts} {player.currency} are redeemable, from winnings")
    return told
