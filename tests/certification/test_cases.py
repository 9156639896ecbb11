"""The cases as data: complete, in plain language, and with numbers that are never reused."""

import re
from collections.abc import Iterator

import msgspec
import pytest

from scripts.certification import profiles
from scripts.certification.cases import GROUPS, all_cases
from scripts.certification.cases.language import Call, Case, Hook, Step, Together
from scripts.certification.config import Config, Player
from scripts.certification.distortions import named
from scripts.certification.hooks import NAMES, PAIRS
from scripts.certification.needs import plan
from scripts.certification.outcomes import RULE, Expectation
from scripts.certification.seats import NAMES as SEATS
from scripts.certification.sentences import sentence

CASES = all_cases()
EVERY = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)

KNOWN = {
    "A": range(1, 13), "B": range(1, 11), "C": range(1, 17), "D": range(1, 15),
    "E": range(1, 11), "F": range(1, 13), "G": range(1, 16), "H": {1, 2, 3, 4, 6}, "J": {1, 3},
}  # fmt: skip
"""A number that is listed here must stay; a new case takes a new number."""


def test_no_number_is_lost_or_given_twice() -> None:
    known = {f"{group}{number:02}" for group, numbers in KNOWN.items() for number in numbers}
    assert {case.id for case in CASES} == known


@EVERY
def test_a_case_says_what_it_is_for_and_where_it_comes_from(case: Case) -> None:
    assert re.fullmatch(r"[A-Z]\d\d", case.id)
    assert case.group in GROUPS
    assert case.title[0].isupper()
    assert case.purpose.endswith(".")
    assert case.sources
    assert case.steps


@EVERY
def test_the_words_of_a_case_are_known(case: Case) -> None:
    rules = {**profiles.load("native").rules, **profiles.load("event").rules}
    for call in _calls(case.steps):
        for word in call.expected():
            assert not word.startswith(RULE) or word.removeprefix(RULE) in rules
        assert Expectation.read(call.expect, dict(rules)).allowed
        if call.how:
            named(call.how)
    for step in [*case.steps, *case.cleanup]:
        assert step.seat in SEATS
        if isinstance(step, Hook):
            assert step.name in NAMES


@EVERY
def test_what_a_hook_does_to_the_wallet_is_taken_back(case: Case) -> None:
    done = {step.name for step in case.steps if isinstance(step, Hook)}
    taken_back = {hook.name for hook in case.cleanup}
    assert {PAIRS[name] for name in done & set(PAIRS)} <= taken_back


@EVERY
def test_every_step_can_be_told(case: Case) -> None:
    for step in case.steps:
        assert sentence(step)[0].isupper()


@pytest.mark.parametrize("profile", ["native", "event"])
def test_without_anything_configured_cases_are_skipped_with_a_reason(profile: str) -> None:
    config = Config(players=[Player(id="ada", currency="EUR")])
    plans = [plan(case, profiles.load(profile), config) for case in CASES]
    skipped = [planned for planned in plans if planned.skipped]
    assert {"A02", "D05", "D09", "B04"} <= {planned.case.id for planned in skipped}
    assert all(planned.steps or planned.skipped for planned in plans)


def test_a_misspelt_field_is_an_error() -> None:
    with pytest.raises(msgspec.ValidationError, match="ammount"):
        msgspec.convert({"do": "bet", "ammount": "1 stake"}, Step)


def _calls(steps: list[Step]) -> Iterator[Call]:
    for step in steps:
        if isinstance(step, Together):
            yield from step.calls
        elif isinstance(step, Call):
            yield step
