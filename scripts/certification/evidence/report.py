"""What a run found, as data: the content of report.json, and all that the page shows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec

from scripts.certification import VERSION
from scripts.certification.amounts import to_major
from scripts.certification.cases import GROUPS
from scripts.certification.cases.language import Step
from scripts.certification.config import Player
from scripts.certification.masking import Masker
from scripts.certification.needs import Planned
from scripts.certification.outcomes import RULE
from scripts.certification.results import (
    CaseResult,
    Observation,
    Sent,
    StepResult,
    Verdict,
    conforms,
)
from scripts.certification.run import Outcomes

FORMAT = "wallet-certification-report/1"


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the report. Amounts are decimal texts of major units."""


class Observed(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    label: str
    expected: str
    observed: str
    remarks: list[str]


class StepPart(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``exchanges``: their numbers in the transcript. Number 0 is the closing balance."""

    number: int
    sentence: str
    note: str
    observations: list[Observed]
    exchanges: list[int]


class BalancePart(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    player: str
    currency: str
    opening: str
    expected: str
    observed: str | None


class CasePart(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``rules``: the profile's answers that this case asked for.

    ``restoring``: how the wallet was left as it was found; None if the case was not played.
    """

    id: str
    group: str
    title: str
    purpose: str
    severity: str
    sources: list[str]
    verdict: str
    reason: str
    left_out: list[str]
    rules: dict[str, str]
    seconds: float
    steps: list[StepPart]
    balances: list[BalancePart]
    restoring: StepPart | None


class PlayerPart(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    currency: str
    found: str


class ProfilePart(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    title: str
    version: str


class Report(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``kind``: wallet or provider. ``name``: of the one that was certified.

    ``verdict``: conforms, does not conform, or not judged.
    ``stopped``: why the run did not play all cases. ``left``: what is not as it was found.

    ``notes``: what could not be restored by any contract.
    """

    format: str
    kind: str
    tool_version: str
    verdict: str
    strict: bool
    name: str
    target: str
    profile: ProfilePart
    run_id: str
    seed: int
    started_at: str
    ended_at: str
    seconds: float
    requests: int
    counts: dict[str, int]
    groups: dict[str, str]
    players: list[PlayerPart]
    stopped: str
    left: list[str]
    notes: list[str]
    cases: list[CasePart]


@dataclass(frozen=True, slots=True)
class Subject:
    """Who was certified, and what identifies the run."""

    kind: str  # wallet, provider
    name: str
    url: str
    profile: ProfilePart
    rules: Mapping[str, str]
    run_id: str
    seed: int
    strict: bool
    players: Sequence[PlayerPart]
    sent: Sequence[Sent]
    masker: Masker
    started: datetime


def build(subject: Subject, outcomes: Outcomes, plans: Sequence[Planned]) -> Report:
    """The report of a run that has just ended."""
    masker, started, ended = subject.masker, subject.started, datetime.now(UTC)
    counted = Counter(result.verdict for result in outcomes.results)
    planned = {each.case.id: each for each in plans}
    used = {result.case.group for result in outcomes.results}
    return Report(
        format=FORMAT,
        kind=subject.kind,
        tool_version=VERSION,
        verdict=verdict_of(outcomes, strict=subject.strict),
        strict=subject.strict,
        name=subject.name or urlsplit(subject.url).netloc,
        target=masker.text(subject.url),
        profile=subject.profile,
        run_id=subject.run_id,
        seed=subject.seed,
        started_at=started.isoformat(timespec="seconds"),
        ended_at=ended.isoformat(timespec="seconds"),
        seconds=round((ended - started).total_seconds(), 1),
        requests=len(subject.sent),
        counts={verdict.value: counted[verdict] for verdict in Verdict},
        groups={letter: title for letter, title in GROUPS.items() if letter in used},
        players=list(subject.players),
        stopped=masker.text(outcomes.stopped),
        left=[masker.text(each) for each in outcomes.left],
        notes=[masker.text(each) for each in outcomes.notes],
        cases=[
            _case(result, planned[result.case.id], subject.rules, masker)
            for result in outcomes.results
        ],
    )


def players_of(players: Sequence[Player], found: Mapping[str, int]) -> list[PlayerPart]:
    """``found``: their balances before, in minor units."""
    return [
        PlayerPart(
            id=each.id, currency=each.currency, found=to_major(found[each.id], each.exponent)
        )
        for each in players
    ]


def verdict_of(outcomes: Outcomes, *, strict: bool) -> str:
    if not conforms(outcomes.results, strict=strict):
        return "does not conform"
    verdicts = {result.verdict for result in outcomes.results}
    if outcomes.stopped or Verdict.ERROR in verdicts or verdicts == {Verdict.SKIPPED}:
        return "not judged"
    return "conforms"


def schema() -> dict[str, Any]:
    """The JSON Schema of report.json."""
    return msgspec.json.schema(Report)


def _case(
    result: CaseResult, planned: Planned, rules: Mapping[str, str], masker: Masker
) -> CasePart:
    case = result.case
    return CasePart(
        id=case.id,
        group=case.group,
        title=case.title,
        purpose=case.purpose,
        severity=case.severity.value,
        sources=case.sources,
        verdict=result.verdict.value,
        reason=masker.text(result.reason),
        left_out=list(planned.left_out),
        rules=_rules(planned.steps, rules),
        seconds=round(result.seconds, 3),
        steps=[_step(each, masker) for each in result.steps],
        balances=[
            BalancePart(
                player=line.player,
                currency=line.currency,
                opening=to_major(line.opening, line.exponent),
                expected=to_major(line.expected, line.exponent),
                observed=None if line.observed is None else to_major(line.observed, line.exponent),
            )
            for line in result.balances
        ],
        restoring=_step(result.restoring, masker) if result.restoring else None,
    )


def _rules(steps: Sequence[Step], rules: Mapping[str, str]) -> dict[str, str]:
    words = [word for step in steps for word in step.expected()]
    names = [word.removeprefix(RULE) for word in words if word.startswith(RULE)]
    return {name: rules[name] for name in names}


def _step(step: StepResult, masker: Masker) -> StepPart:
    return StepPart(
        number=step.number,
        sentence=step.sentence,
        note=masker.text(step.note),
        observations=[_observation(each, masker) for each in step.observations],
        exchanges=[sent.number for sent in step.sent],
    )


def _observation(observation: Observation, masker: Masker) -> Observed:
    return Observed(
        label=masker.text(observation.label),
        expected=observation.expected,
        observed=masker.text(observation.observed),
        remarks=[masker.text(remark.text) for remark in observation.remarks],
    )
