"""The kit judges wallets that are not ours: other paths, headers, names, answers and rules."""

from pathlib import Path
from typing import Any

from tests.certification.quirky_wallet import SECRET, SESSIONS, QuirkyWallet
from tests.certification.running import Certified, certify, run

PROFILE = Path(__file__).with_name("quirky_profile.py")


def configuration() -> str:
    players = "".join(
        f'[[players]]\nid = "{player}"\ncurrency = "EUR"\nsessions = {given}\n'
        for player in ("ada", "bob")
        if (given := [token for token, owner in SESSIONS.items() if owner == player])
    )
    return f'[wallet]\nurl = "URL/acme/v3"\n[credentials]\nsecret = "{SECRET}"\n{players}'


def test_a_wallet_with_quirks_conforms(tmp_path: Path) -> None:
    certified = _certified(QuirkyWallet(), tmp_path)
    assert certified.status == 0, certified.said
    verdicts = certified.verdicts
    assert {each for each in verdicts if verdicts[each] == "fail"} == set()
    assert {"A05", "B07", "C12", "D02", "D05", "D10", "D11", "E06", "F11", "G06", "G13"} <= {
        each for each in verdicts if verdicts[each] == "pass"
    }
    assert certified.report["profile"]["title"] == "Acme wallet 3"
    assert certified.report["left"] == []


def test_its_faults_are_found(tmp_path: Path) -> None:
    certified = _certified(_Forgetful(), tmp_path, "--only=G")
    assert certified.status == 1
    assert "G05" in certified.reasons("fail")


def test_a_file_that_is_no_profile_is_told(tmp_path: Path) -> None:
    file = tmp_path / "empty.py"
    file.write_text("")
    for name, said in ((file, "has no PROFILE"), (tmp_path / "none.py", "there is no file")):
        certified = run(tmp_path, f"--profile={name}")
        assert (certified.status, said in certified.said) == (2, True)


class _Forgetful(QuirkyWallet):
    def roll_back(self, player: str, tx: str, fields: dict[str, Any]) -> str:
        told = super().roll_back(player, tx, fields)
        self.void &= set(self.bets)
        return told


def _certified(wallet: QuirkyWallet, folder: Path, *arguments: str) -> Certified:
    return certify(wallet, folder, f"--profile={PROFILE}", *arguments, configured=configuration())
