"""`scripts/certify` at the terminal: its arguments, exit status and messages."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.certification.cases import all_cases
from scripts.setup import ROOT
from tests.certification.door import Answer, Fields, Headers, Refused
from tests.certification.mutants.rollbacks import ForgetsTombstones
from tests.certification.mutants.security import NewestSecretOnly
from tests.certification.records import Booked
from tests.certification.running import certify, configuration, run
from tests.certification.wallet import Wallet

UNREACHABLE = "http://127.0.0.1:9"


class TestExitStatus:
    def test_0_if_the_wallet_conforms(self, tmp_path: Path) -> None:
        certified = certify(Wallet(), tmp_path, "--only=C01,D01")
        assert certified.status == 0
        assert certified.report["verdict"] == "conforms"
        assert "✓ C01  A bet" in certified.said

    def test_1_if_it_does_not(self, tmp_path: Path) -> None:
        certified = certify(ForgetsTombstones(), tmp_path, "--only=G05")
        assert certified.status == 1
        assert certified.report["verdict"] == "does not conform"
        assert "✗ G05" in certified.said
        assert (
            "expected refused: rolled back (rule bet_after_rollback), observed accepted"
            in certified.said
        )

    def test_non_strict_is_a_failure_only_if_asked_for(self, tmp_path: Path) -> None:
        lenient = certify(NewestSecretOnly(), tmp_path / "1", "--only=A11")
        strict = certify(NewestSecretOnly(), tmp_path / "2", "--only=A11", "--strict")
        assert (lenient.status, strict.status) == (0, 1)
        assert lenient.verdicts == strict.verdicts == {"A11": "non-strict"}

    def test_a_repetition_in_other_bytes_is_non_strict(self, tmp_path: Path) -> None:
        certified = certify(_WritesAnew(), tmp_path, "--only=D01,G05")
        assert certified.status == 0
        assert certified.reasons("non-strict") == dict.fromkeys(
            ("D01", "G05"), "the repetition is not the first answer, byte for byte"
        )

    def test_a_refusal_without_the_field_is_non_strict(self, tmp_path: Path) -> None:
        certified = certify(_NamesNoField(), tmp_path, "--only=C06")
        assert certified.status == 0
        [reason] = certified.reasons("non-strict").values()
        assert reason == "the refusal does not say what is wrong with which field (errors)"

    def test_2_if_the_wallet_cannot_be_reached(self, tmp_path: Path) -> None:
        file = tmp_path / "certify.toml"
        file.write_text(configuration(UNREACHABLE))
        certified = run(tmp_path, f"--config={file}")
        assert certified.status == 2
        assert certified.report == {}
        assert "no session for ada" in certified.said
        assert "Connection refused" in certified.said

    def test_2_if_it_goes_away_in_between(self, tmp_path: Path) -> None:
        certified = certify(_Leaving(), tmp_path, "--only=B04,C01")
        assert certified.status == 2
        assert certified.report["verdict"] == "not judged"
        assert certified.verdicts == {"B04": "error", "C01": "error"}
        assert "the hook end_session failed" in certified.reasons("error")["B04"]
        assert "Connection refused" in certified.reasons("error")["C01"]
        assert len(certified.report["left"]) == 3

    @pytest.mark.parametrize(
        "argument",
        [
            "--only=Z", "--only=A99", "--only=", "--skip=,", "--seed=x", "--seed=-1",
            "--url=wallet",
            "--url=http://x:99999", "--url=http://a b", "--url=http://me:word@wallet", "--nonsense",
            "--concurrency=1", "--concurrency=1001", "--strict=1", "more",
        ],
    )  # fmt: skip
    def test_2_if_an_argument_is_wrong(self, argument: str, tmp_path: Path) -> None:
        wrong = run(tmp_path, argument)
        assert wrong.status == 2
        assert "me:word" not in wrong.said

    def test_2_if_no_case_is_left(self, tmp_path: Path) -> None:
        certified = run(tmp_path, "--only=A,C01", "--skip=A,C")
        assert (certified.status, "leaves no case" in certified.said) == (2, True)

    def test_2_if_nothing_was_played(self, tmp_path: Path) -> None:
        certified = certify(Wallet(), tmp_path, "--only=H")
        assert certified.status == 2
        assert certified.report["verdict"] == "not judged"

    def test_2_if_the_evidence_cannot_be_written_and_nothing_is_sent(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        (tmp_path / "evidence").touch()  # a file where the folder should be
        for folder, option in (("", "--strict"), ("sub", f"--junit={tmp_path / 'file' / 'x'}")):
            wallet = Wallet()
            assert certify(wallet, tmp_path / folder, option).status == 2
            assert wallet.sessions == {}

    def test_2_if_the_profile_is_unknown(self, tmp_path: Path) -> None:
        certified = run(tmp_path, "--profile=hub99")
        assert certified.status == 2
        assert "there are event, native" in certified.said

    def test_2_if_no_wallet_is_named(self, tmp_path: Path) -> None:
        assert run(tmp_path).status == 2


class TestChoosing:
    def test_only_and_skip_take_groups_and_cases(self, tmp_path: Path) -> None:
        certified = certify(Wallet(), tmp_path, "--only=A,C01", "--skip=A05,A1")
        assert certified.status == 2
        certified = certify(Wallet(), tmp_path, "--only=A,C01", "--skip=A05")
        expected = {case.id for case in all_cases() if case.group == "A"} - {"A05"} | {"C01"}
        assert set(certified.verdicts) == expected
        assert set(certify(Wallet(), tmp_path, "--only=c01").verdicts) == {"C01"}

    def test_the_list_has_every_case_and_sends_nothing(self, tmp_path: Path) -> None:
        certified = run(tmp_path, "--list")
        assert certified.status == 0
        assert all(f"{case.id}  " in certified.said for case in all_cases())
        assert not certified.folder.exists()

    def test_the_list_says_what_would_be_skipped(self, tmp_path: Path) -> None:
        file = tmp_path / "certify.toml"
        file.write_text('[[players]]\nid = "ada"\ncurrency = "EUR"\n')
        certified = run(tmp_path, "--list", f"--config={file}")
        assert "(skipped: only one test player is given ([[players]]))" in certified.said

    @pytest.mark.parametrize("option", ["--list", "--dry-run"])
    @pytest.mark.parametrize("command", ["", "provider"])
    def test_what_sends_nothing_needs_no_secret(
        self, option: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        assert run(tmp_path, "--init", command=command).status == 0
        assert run(tmp_path, option, command=command).status == 0
        lacks = run(tmp_path, command=command)
        assert (lacks.status, "the environment has no " in lacks.said) == (2, True)

    def test_a_dry_run_tells_every_step_and_sends_nothing(self, tmp_path: Path) -> None:
        file = tmp_path / "certify.toml"
        file.write_text(configuration(UNREACHABLE))
        certified = run(tmp_path, "--dry-run", "--only=G05", f"--config={file}")
        assert certified.status == 0
        late = "refused: rolled back (rule bet_after_rollback)"
        assert [line.strip() for line in certified.said.splitlines()] == [
            "G05  The rollback first, then its bet",
            "1. Rollback `rollback` of bet `bet` → accepted (rule unknown_rollback)",
            f"2. Bet `bet` of 1 stake in round `round` → {late}",
            "3. The same bytes as `rollback` again → accepted (rule unknown_rollback)",
        ]

    def test_the_seed_is_said_and_can_be_given(self, tmp_path: Path) -> None:
        certified = certify(Wallet(), tmp_path, "--only=C01", "--seed=4711")
        assert ", seed 4711" in certified.said
        assert certified.report["seed"] == 4711

    def test_fewer_connections_are_enough(self, tmp_path: Path) -> None:
        certified = certify(Wallet(), tmp_path, "--only=D02,D10,G06", "--concurrency=7")
        assert set(certified.verdicts.values()) == {"pass"}


def test_a_terminal_without_the_marks_is_no_error(tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "scripts.certification", "--dry-run", "--only=G05"],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "1. Rollback `rollback` of bet `bet` ? accepted" in said


class _Leaving(Wallet):
    """Dies when the operator ends a session."""

    has_left = False

    def answer(  # type: ignore[override]
        self, path: str, headers: Headers, body: bytes, *, outside: bool
    ) -> Answer | None:
        self.has_left = self.has_left or path == "/hooks/end_session"
        if self.has_left:
            return None
        return super().answer(path, headers, body, outside=outside)


class _WritesAnew(Wallet):
    """Its answer to a repetition has the same content, in another order."""

    def stored(self, booked: Booked) -> Fields:
        return dict(reversed(booked.answer.items()))


class _NamesNoField(Wallet):
    def amount(self, fields: Fields, *, least: int) -> None:
        try:
            super().amount(fields, least=least)
        except Refused as refused:
            del refused.body["errors"]
            raise
