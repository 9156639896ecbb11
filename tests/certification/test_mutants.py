"""The kit itself is tested: each case fails the broken wallets that it claims to catch."""

from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.certification.cases import all_cases
from scripts.certification.cases.language import Severity
from tests.certification.event_wallet import EventWallet
from tests.certification.mutants import Mutant, all_mutants
from tests.certification.running import PROFILES, Certified, certify, toy_configuration
from tests.certification.table import KEY
from tests.certification.toy_wallet import ToyWallet
from tests.certification.wallet import Wallet

MUTANTS = all_mutants()
SEVERITY = {case.id: case.severity for case in all_cases()}
PARTS = 66

CANNOT_FAIL = {
    "A12": "it asks for nothing: the report says whether a caller from outside was let in",
}


def run_on(mutant: Mutant, folder: Path, *arguments: str) -> Certified:
    configured = toy_configuration("URL") if mutant.profile == "toy" else ""
    profile = f"--profile={PROFILES[mutant.profile]}"
    return certify(mutant.wallet(), folder, profile, "--strict", *arguments, configured=configured)


Record = Callable[[str, object], None]


def failing(certified: Certified) -> set[str]:
    """The cases that caught something. A case of severity "should" says "non-strict" if the money
    is right.
    """
    return {
        case["id"]
        for case in certified.report["cases"]
        if case["verdict"] == "fail"
        or (case["verdict"] == "non-strict" and SEVERITY[case["id"]] is Severity.SHOULD)
    }


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.wallet.__name__)
def test_a_mutant_is_failed_by_each_case_that_claims_to_catch_it(
    mutant: Mutant, tmp_path: Path, record_property: Record
) -> None:
    caught = set()
    for case in mutant.caught_by:
        certified = run_on(mutant, tmp_path / case, f"--only={case}")
        assert certified.status == 1, certified.said
        caught |= failing(certified)
    record_property(KEY, [mutant.name, sorted(caught)])
    assert caught == set(mutant.caught_by)


@pytest.mark.seeds(ci=1, long=PARTS)
def test_no_mutant_conforms(seed: int, tmp_path: Path, record_property: Record) -> None:
    """Run the whole kit on a part of the mutants; each seed takes another part."""
    for number, mutant in enumerate(MUTANTS[seed % PARTS :: PARTS]):
        certified = run_on(mutant, tmp_path / str(number), f"--seed={seed}")
        assert certified.status == 1, f"{mutant.name}\n{certified.said}"
        record_property(KEY, [mutant.name, sorted(failing(certified))])
        assert failing(certified) & set(mutant.caught_by), mutant.name


@pytest.mark.seeds(ci=1, long=20)
def test_a_healthy_wallet_passes_everything(seed: int, tmp_path: Path) -> None:
    certified = certify(Wallet(), tmp_path, f"--seed={seed}", "--strict")
    assert certified.status == 0, certified.said
    assert certified.reasons("fail", "non-strict", "error") == {}
    assert certified.report["left"] == []


@pytest.mark.seeds(ci=1, long=20)
def test_a_healthy_event_wallet_passes_everything(seed: int, tmp_path: Path) -> None:
    certified = certify(EventWallet(), tmp_path, f"--seed={seed}", "--profile=event", "--strict")
    assert certified.status == 0, certified.said
    assert certified.reasons("fail", "non-strict", "error") == {}
    assert certified.report["left"] == []


@pytest.mark.seeds(ci=1, long=20)
def test_a_healthy_toy_wallet_passes_everything(seed: int, tmp_path: Path) -> None:
    healthy = Mutant("healthy", ToyWallet, (), "toy")
    certified = run_on(healthy, tmp_path, f"--seed={seed}")
    assert certified.status == 0, certified.said
    assert certified.reasons("fail", "non-strict", "error") == {}
    assert certified.report["left"] == []


def test_every_case_can_fail() -> None:
    claimed = {case for mutant in MUTANTS for case in mutant.caught_by}
    assert claimed & set(CANNOT_FAIL) == set()
    assert set(SEVERITY) - claimed - set(CANNOT_FAIL) == set()


def test_there_are_enough_mutants() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 30
