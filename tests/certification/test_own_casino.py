"""Our own casino is certified strictly by both of its contracts, and the evidence is kept."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts.setup import ROOT, certify
from tests.certification.table import KEY

EVIDENCE = ROOT / "evidence"
WITHIN_SECONDS = 60

NOT_OF_THE_CONTRACT = "not in the profile"
SKIPPED_BESIDES = {
    "native": {"A12", "J01", "J03"},
    "event": {"A10", "A11", "A12", "J01", "J03"},
}
"""Callers from outside would need another machine; events have one secret and one signature;
players cannot set their own limits yet.
"""


@pytest.mark.timeout(1800)
def test_it_conforms_to_the_letter_and_behind_bad_proxies_it_does_not(
    request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> None:
    """One casino for all runs, as `scripts/certify` makes it. The long profile adds 20 seeds."""
    seeds = "20" if request.config.getoption("--long") else "0"
    certified = subprocess.run(
        [sys.executable, "-m", "tests.certification.behind_proxies", EVIDENCE, seeds],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=1700,
        check=False,
    )
    assert certified.returncode == 0, certified.stdout + certified.stderr
    for profile, besides in SKIPPED_BESIDES.items():
        report: dict[str, Any] = json.loads((EVIDENCE / profile / "report.json").read_bytes())
        assert report["verdict"] == "conforms"
        assert report["seconds"] < WITHIN_SECONDS
        assert report["left"] == []
        assert _skipped(report) == besides
    proxies = json.loads((EVIDENCE / "proxies.json").read_bytes())
    assert set(proxies.pop("Proxy").values()) == {"pass", "info"}
    for name, verdicts in proxies.items():
        record_property(KEY, [f"{name} (a proxy of our casino)", sorted(verdicts)])
        assert set(verdicts.values()) == {"fail"}, name


def _skipped(report: dict[str, Any]) -> set[str]:
    """Cases that were skipped although the contract has what they need."""
    return {
        case["id"]
        for case in report["cases"]
        if case["verdict"] == "skipped" and not case["reason"].startswith(NOT_OF_THE_CONTRACT)
    }


def test_its_evidence_is_not_committed() -> None:
    asked = ["git", "check-ignore", "-q", EVIDENCE / "native"]
    assert subprocess.run(asked, cwd=ROOT, check=False).returncode == 0


class TestWhoIsCertified:
    @pytest.fixture(autouse=True)
    def elsewhere(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)

    @pytest.mark.parametrize(
        "given", [[], ["--profile", "event", "--strict"], ["provider"], ["--only=A", "--seed=1"]]
    )
    def test_our_own_where_nobody_is_named(self, given: list[str]) -> None:
        assert certify.is_for_our_own(given)

    @pytest.mark.parametrize(
        "given",
        [
            ["--url", "http://wallet"],
            ["--url=http://wallet"],
            ["--config", "certify.toml"],
            ["provider", "--url=http://provider"],
            ["--list"],
            ["--init"],
            ["--help"],
            ["provider", "--dry-run"],
        ],
    )
    def test_else_whoever_is_named_or_nobody(self, given: list[str]) -> None:
        assert not certify.is_for_our_own(given)

    def test_a_configuration_at_hand_names_somebody(self) -> None:
        Path("certify.toml").touch()
        assert not certify.is_for_our_own([])
        assert certify.is_for_our_own(["provider"])
        Path("certify-provider.toml").touch()
        assert not certify.is_for_our_own(["provider"])
