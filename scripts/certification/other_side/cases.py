"""The cases for providers, as data."""

import tomllib
from functools import cache
from pathlib import Path

import msgspec

from scripts.certification.cases.language import Case, Severity

GROUPS = {"I": "Resilience of the provider"}


class Trial(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One round. ``faults``: what the first requests of an operation meet, one each. ``always``:
    what all of them meet.
    """

    name: str
    faults: dict[str, list[str]] = {}
    always: dict[str, str] = {}


class ProviderCase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``checks``: what must hold after each trial, by the names in ``checks``."""

    title: str
    purpose: str
    severity: Severity
    sources: list[str]
    checks: list[str]
    trials: list[Trial]
    needs: list[str] = []

    def as_case(self, case_id: str) -> Case:
        """As the evidence tells it."""
        return Case(
            id=case_id,
            title=self.title,
            purpose=self.purpose,
            severity=self.severity,
            sources=self.sources,
            steps=[],
            needs=self.needs,
        )


@cache
def all_cases() -> dict[str, ProviderCase]:
    """By id, in order. Raises msgspec.ValidationError if the file is not in the language."""
    text = Path(__file__).with_name("cases.toml").read_text(encoding="utf-8")
    found = msgspec.convert(tomllib.loads(text), dict[str, ProviderCase])
    return dict(sorted(found.items()))
