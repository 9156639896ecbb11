"""How a run ends: interrupted, without answers, or with money that cannot be restored."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from scripts.setup import ROOT
from tests.certification.door import Answer, Fields, Headers, Refused
from tests.certification.mutants.rollbacks import ForgetsTombstones
from tests.certification.provider import Provider
from tests.certification.records import Session
from tests.certification.running import Certified, certify, configuration
from tests.certification.serving import serving
from tests.certification.test_providers import certify as certify_provider
from tests.certification.wallet import Wallet

IMPATIENT = configuration("URL").replace("[credentials]", "timeout_seconds = 0.2\n[credentials]", 1)


class Interrupts(Wallet):
    """Sends this process a signal when it gets the numbered requests for a path."""

    def __init__(self, path: str, *numbers: int, sends: int = signal.SIGINT) -> None:
        super().__init__()
        self.path = path
        self.numbers = numbers
        self.sends = sends
        self.counted = Counter[str]()

    def answer(self, path: str, headers: Headers, body: bytes, *, outside: bool) -> Answer:
        answer = super().answer(path, headers, body, outside=outside)
        self.counted[path] += 1
        if path == self.path and self.counted[path] in self.numbers:
            os.kill(os.getpid(), self.sends)
        return answer


def held(wallet: Wallet) -> set[int]:
    return {purse.held for purse in wallet.purses.values()}


class TestInterrupted:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_it_restores_the_wallet_and_keeps_the_evidence(
        self, number: int, tmp_path: Path
    ) -> None:
        wallet = Interrupts("/hooks/block_player", 1, sends=number)
        certified = certify(wallet, tmp_path, "--only=B05,B06,B07")
        assert certified.status == 2
        assert certified.report["verdict"] == "not judged"
        assert certified.report["stopped"] == "the run was interrupted"
        assert certified.verdicts == {"B05": "pass", "B06": "error", "B07": "skipped"}
        assert certified.reasons("skipped") == {"B07": "the run was interrupted"}
        assert certified.report["left"] == []
        assert held(wallet) == {100_000}
        assert not any(purse.is_blocked for purse in wallet.purses.values())
        assert "press Ctrl-C again to leave it as it is" in certified.said
        assert "not all cases were played: the run was interrupted" in certified.said
        assert (certified.folder / "report.html").exists()

    def test_races_end_too(self, tmp_path: Path) -> None:
        wallet = Interrupts("/casino/debit", 30)
        certified = certify(wallet, tmp_path, "--only=D10,D11")
        assert certified.verdicts == {"D10": "error", "D11": "skipped"}
        assert certified.report["left"] == []
        assert held(wallet) == {100_000}

    def test_a_failure_that_was_seen_still_counts(self, tmp_path: Path) -> None:
        class Both(Interrupts, ForgetsTombstones):
            """Forgets tombstones, and is interrupted."""

        certified = certify(Both("/casino/debit", 3), tmp_path, "--only=G05,G06")
        assert certified.status == 1
        assert certified.report["verdict"] == "does not conform"

    def test_a_second_signal_leaves_the_wallet_as_it_is_and_says_so(self, tmp_path: Path) -> None:
        wallet = Interrupts("/casino/rollback", 1, 2)
        certified = certify(wallet, tmp_path, "--only=G01,G02")
        assert certified.status == 2
        assert len(certified.report["left"]) == 3
        assert "not as it was found: ada: not checked" in certified.said
        assert (certified.folder / "report.html").exists()

    def test_before_the_first_case_nothing_has_moved(self, tmp_path: Path) -> None:
        certified = certify(Interrupts("/casino/getBalance", 2), tmp_path)
        assert certified.status == 2
        assert certified.report == {}
        assert "interrupted before the first case" in certified.said
        assert "Traceback" not in certified.said


class Hangs(Wallet):
    """Answers nothing after its first rollback arrives."""

    def __init__(self) -> None:
        super().__init__()
        self.hangs = False
        self.is_over = threading.Event()

    def answer(self, path: str, headers: Headers, body: bytes, *, outside: bool) -> Answer:
        self.hangs = self.hangs or path == "/casino/rollback"
        if self.hangs:
            self.is_over.wait()
        return super().answer(path, headers, body, outside=outside)


class TestNoAnswer:
    def test_a_wallet_that_hangs_does_not_hold_the_run_up(self, tmp_path: Path) -> None:
        wallet = Hangs()
        certified = certify(wallet, tmp_path, configured=IMPATIENT)
        wallet.is_over.set()
        assert certified.status == 1
        assert certified.report["stopped"] == "the wallet had stopped answering (no answer in time)"
        assert certified.verdicts["A01"] == "pass"
        [first, *_] = certified.reasons("fail").values()
        assert "observed silent (no answer in time)" in first
        assert certified.verdicts["G15"] == "skipped"
        charged = "2 bets of 2.00 EUR in all may still be charged"
        assert certified.report["left"] == [
            f"ada: no answer in time; {charged}, because their rollbacks had no clear answer",
            "blaise: no answer in time",
            "emmy: no answer in time",
        ]
        assert certified.report["seconds"] < 10

    def test_a_wallet_that_hangs_from_the_start_cannot_be_judged(self, tmp_path: Path) -> None:
        wallet = Hangs()
        wallet.hangs = True
        certified = certify(wallet, tmp_path, configured=IMPATIENT)
        wallet.is_over.set()
        assert certified.status == 2
        assert "no answer in time" in certified.said


class TestNotRestored:
    def test_what_cannot_be_restored_is_said(self, tmp_path: Path) -> None:
        certified = certify(_KeepsACentAndCloses(), tmp_path, "--only=E01")
        told = "ada: 1001.00 EUR, found with 1000.00"
        assert certified.report["left"] == [told]
        assert f"not as it was found: {told}" in certified.said
        page = (certified.folder / "report.html").read_text()
        assert "Not left as it was found." in page
        assert told in page

    def test_sessions_that_blocking_a_player_ends_are_opened_again(self, tmp_path: Path) -> None:
        wallet = _EndsSessions()
        assert _certified_alone(wallet, tmp_path).status == 0
        assert held(wallet) == {100_000}


class _KeepsACentAndCloses(Wallet):
    """Pays every win one unit too little, and takes no bets after the first win."""

    is_closed = False

    def move(self, purse, amount, redeemable):  # type: ignore[no-untyped-def]
        self.is_closed = self.is_closed or amount > 0
        super().move(purse, amount - (amount > 0), redeemable - (amount > 0))

    def may_bet(self, session: Session, amount: int) -> None:
        if self.is_closed:
            raise Refused(403, "PROVIDER_DISABLED")
        super().may_bet(session, amount)


class _EndsSessions(Wallet):
    """Ends the sessions of a player who is blocked or excluded."""

    def hook(self, name: str, named: Fields) -> Fields:
        if name in ("block_player", "exclude_player"):
            for session in self.sessions.values():
                session.is_active &= session.purse.player != named["player"]
        return super().hook(name, named)


def _certified_alone(wallet: Wallet, folder: Path) -> Certified:
    """Certify it with one test player for everything."""
    before, _, after = configuration("URL").partition("[[players]]")
    alone = '[[players]]\nid = "ada"\ncurrency = "EUR"\n'
    games = after.partition("[games]")[2]
    return certify(wallet, folder, "--strict", configured=f"{before}{alone}[games]{games}")


def test_a_reader_that_leaves_does_not_end_the_run(tmp_path: Path) -> None:
    """`scripts/certify | head -1` still restores the wallet."""
    wallet = Wallet()
    with serving(wallet) as (url, _):
        file = tmp_path / "certify.toml"
        file.write_text(configuration(url))
        command = [sys.executable, "-m", "scripts.certification", f"--config={file}", "--only=B,C"]
        process = subprocess.Popen(
            [*command, f"--out={tmp_path / 'evidence'}"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(timeout=60) == 0
    assert json.loads((tmp_path / "evidence/report.json").read_bytes())["verdict"] == "conforms"
    assert held(wallet) == {100_000}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_provider_run_that_is_interrupted_keeps_the_evidence(number: int, tmp_path: Path) -> None:
    class Interrupting(Provider):
        def answer(self, path: str, fields: Fields) -> Fields | None:
            if path == "/provider/simulate" and len(self.runs) == 1:
                os.kill(os.getpid(), number)
            return super().answer(path, fields)

    certified = certify_provider(Interrupting(), tmp_path, "--only=I05,I07,I09")
    assert certified.status == 2
    assert certified.verdicts == {"I05": "pass", "I07": "error", "I09": "skipped"}
    assert certified.report["stopped"] == "the run was interrupted"
