"""The result of a case. The verdicts are those of Autobahn and the OpenID suite."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from scripts.certification.cases.language import Case, Severity
from scripts.certification.wire import Exchange


class Verdict(StrEnum):
    PASS = "pass"  # noqa: S105 - a verdict
    NON_STRICT = "non-strict"
    FAIL = "fail"
    INFO = "info"
    SKIPPED = "skipped"
    ERROR = "error"


MEANING = {
    Verdict.PASS: "The wallet does what the contract says.",
    Verdict.NON_STRICT: "No money is wrong, but an answer does not follow the contract.",
    Verdict.FAIL: "Money is wrong, or the wallet does what the contract forbids.",
    Verdict.INFO: "Nothing is required; the report says what the wallet does.",
    Verdict.SKIPPED: "The contract or the configuration lacks what the case needs.",
    Verdict.ERROR: "The tool could not judge.",
}


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that is wrong. ``is_money``: whatever the case's severity, it is a failure."""

    text: str
    is_money: bool = False
    is_strict: bool = False  # only the letter of the contract is broken


@dataclass(slots=True)
class Observation:
    """One request, or many of a kind, in a step."""

    label: str
    expected: str
    observed: str
    remarks: list[Remark] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sent:
    """An exchange, and how the evidence shows it. ``curl`` repeats it; empty if none can."""

    number: int
    case_id: str
    step: int
    label: str
    exchange: Exchange
    curl: str


@dataclass(slots=True)
class StepResult:
    """``number`` counts from 1; 0 is what comes after the steps."""

    number: int
    sentence: str
    observations: list[Observation] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    note: str = ""

    @property
    def remarks(self) -> list[Remark]:
        return [remark for each in self.observations for remark in each.remarks]


@dataclass(frozen=True, slots=True)
class BalanceLine:
    """A player's balance in a case, in minor units. ``observed`` None: it could not be read."""

    player: str
    currency: str
    exponent: int
    opening: int
    expected: int
    observed: int | None


@dataclass(slots=True)
class CaseResult:
    case: Case
    verdict: Verdict = Verdict.PASS
    reason: str = ""
    steps: list[StepResult] = field(default_factory=list)
    balances: list[BalanceLine] = field(default_factory=list)
    restoring: StepResult | None = None
    costs_money: bool = False  # of a player, in a bet that could not be given back
    seconds: float = 0.0

    @property
    def remarks(self) -> list[Remark]:
        steps = [*self.steps, self.restoring] if self.restoring else self.steps
        return [remark for step in steps for remark in step.remarks]


def judge(severity: Severity, remarks: Sequence[Remark]) -> Verdict:
    """Money counts in every case; an answer counts as much as its case."""
    if any(remark.is_money for remark in remarks):
        return Verdict.FAIL
    if severity is Severity.INFO:
        return Verdict.INFO
    if not remarks:
        return Verdict.PASS
    if severity is Severity.SHOULD or all(remark.is_strict for remark in remarks):
        return Verdict.NON_STRICT
    return Verdict.FAIL


def conforms(results: Iterable[CaseResult], *, strict: bool) -> bool:
    """``strict``: a verdict of non-strict counts as a failure, too."""
    counted = {Verdict.FAIL, Verdict.NON_STRICT} if strict else {Verdict.FAIL}
    return not any(result.verdict in counted for result in results)
