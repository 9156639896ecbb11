"""--list and --dry-run: shows the cases, and what would be sent."""

from collections.abc import Sequence

from scripts.certification.cases import GROUPS
from scripts.certification.cases.language import Call, Step, Together
from scripts.certification.needs import Planned
from scripts.certification.profiles.base import Profile
from scripts.certification.progress import Screen
from scripts.certification.sentences import expectation, sentence


def show_cases(screen: Screen, plans: Sequence[Planned], *, is_configured: bool) -> None:
    """``is_configured``: whether it is known what the configuration lacks."""
    group = ""
    for planned in plans:
        case = planned.case
        if case.group != group:
            group = case.group
            screen.say(f"{group}. {GROUPS[group]}", "bold")
        lacks = f"  (skipped: {planned.skipped})" if is_configured and planned.skipped else ""
        screen.say(f"  {case.id}  {case.severity.value:6}  {case.title}{lacks}")


def show_plan(screen: Screen, plans: Sequence[Planned], profile: Profile) -> None:
    """Nothing is sent."""
    for planned in plans:
        case = planned.case
        screen.say(f"{case.id}  {case.title}", "bold")
        if planned.skipped:
            screen.say(f"     skipped: {planned.skipped}", "dim")
        for number, step in enumerate(planned.steps, start=1):
            screen.say(f"  {number:>2}. {sentence(step)}{_expected(step, profile)}")
        for reason in planned.left_out:
            screen.say(f"     left out: {reason}", "dim")


def _expected(step: Step, profile: Profile) -> str:
    if isinstance(step, Together):
        told = [f"{call.id}: {expectation(call.expect, profile)}" for call in step.calls]
        return f" → {', '.join(told)}"
    if isinstance(step, Call):
        return f" → {expectation(step.expect, profile)}"
    return ""
