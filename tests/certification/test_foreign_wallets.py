"""The kit also judges wallets with other paths, headers, names, answers and rules than ours."""

from pathlib import Path
from typing import Any

import pytest

from tests.certification.door import Answer, Fields, Headers
from tests.certification.event_wallet import EventWallet
from tests.certification.quirky_wallet import SECRET, SESSIONS, QuirkyWallet
from tests.certification.running import Certified, certify, run

BASE = "from scripts.certification.profiles.base import Profile\n"
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


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no file"),
        ("", "has no PROFILE"),
        ("def (", "cannot be loaded: SyntaxError"),
        ("PROFILE = missing", "cannot be loaded: NameError"),
        ("raise SystemExit(0)", "cannot be loaded: SystemExit"),
        (f"{BASE}class P(Profile): ...\nPROFILE = P()", "the profile has no name"),
    ],
)
def test_a_file_that_is_no_profile_is_told(content: str | None, said: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    if content is not None:
        file.write_text(content)
    certified = run(tmp_path, f"--profile={file}")
    assert (certified.status, said in certified.said) == (2, True)


def test_rules_that_a_profile_lacks_are_told_before_anything_is_sent(tmp_path: Path) -> None:
    certified = _certified(QuirkyWallet(), tmp_path, profile=_altered(tmp_path, "rules = {}"))
    assert certified.status == 2
    assert "has no rule for bet_after_rollback, " in certified.said
    assert certified.report == {}


def test_a_profile_that_cannot_read_an_answer_is_an_error_and_the_run_goes_on(
    tmp_path: Path,
) -> None:
    altered = _altered(
        tmp_path,
        """
    def read(self, operation, answer, draft):
        if operation == "win":
            return {}["missing"]
        return super().read(operation, answer, draft)
""",
    )
    certified = _certified(QuirkyWallet(), tmp_path, "--only=C01,E01", profile=altered)
    assert certified.status == 2
    assert certified.verdicts == {"C01": "pass", "E01": "error"}
    assert "KeyError: 'missing'" in certified.reasons("error")["E01"]


@pytest.mark.parametrize("others", [None, "none", [None]])
def test_a_list_of_wallets_that_is_none_is_not_blamed_on_the_profile(
    others: object, tmp_path: Path
) -> None:
    class Odd(EventWallet):
        def shown_wallet(self, player: str) -> Fields:
            return {**super().shown_wallet(player), "wallets": others}

    certified = certify(Odd(), tmp_path, "--profile=event", "--only=A01")
    assert (certified.status, certified.verdicts) == (0, {"A01": "pass"}), certified.said


class _Answers(EventWallet):
    """Lets a test alter its answers to events."""

    def altered(self, answer: Answer) -> Answer:
        return answer

    def answer(self, path: str, headers: Headers, body: bytes, *, outside: bool) -> Answer:
        answer = super().answer(path, headers, body, outside=outside)
        return self.altered(answer) if path == "/event" else answer


def test_events_need_not_be_marked_as_repetitions(tmp_path: Path) -> None:
    class Unmarked(_Answers):
        def altered(self, answer: Answer) -> Answer:
            return Answer(answer.status, answer.body)

    certified = certify(Unmarked(), tmp_path, "--profile=event", "--only=D01,A09", "--strict")
    assert (certified.status, certified.verdicts) == (0, {"A09": "pass", "D01": "pass"})


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(200, {"status": "ok"}), "observed undecided (200 with status 'ok')"),
        (Answer(400, {"status": "rejected", "reason": {}}), "(400 without a reason in words)"),
        (
            Answer(308, b"", {"Location": "https://wallet.example/event"}),
            "(308 without a JSON object in UTF-8, Location: https://wallet.example/event)",
        ),
        (
            Answer(502, b"<h1>", {"Content-Type": "text/html"}),
            "(502 without a JSON object in UTF-8, Content-Type: text/html)",
        ),
    ],
)
def test_an_answer_outside_of_the_contract_is_told_as_it_is(
    answer: Answer, said: str, tmp_path: Path
) -> None:
    class Odd(_Answers):
        def altered(self, _right: Answer) -> Answer:
            return answer

    certified = certify(Odd(), tmp_path, "--profile=event", "--only=C01")
    assert said in certified.reasons("fail")["C01"]


class _Forgetful(QuirkyWallet):
    def roll_back(self, player: str, tx: str, fields: dict[str, Any]) -> str:
        told = super().roll_back(player, tx, fields)
        self.void &= set(self.bets)
        return told


def _altered(folder: Path, body: str) -> Path:
    """A profile file with a subclass of the quirky one that has this body."""
    file = folder / "altered.py"
    file.write_text(
        f"from tests.certification.quirky_profile import PROFILE as _QUIRKY\n"
        f"class Altered(type(_QUIRKY)):\n    {body}\nPROFILE = Altered()\n"
    )
    return file


def _certified(
    wallet: QuirkyWallet, folder: Path, *arguments: str, profile: Path = PROFILE
) -> Certified:
    return certify(wallet, folder, f"--profile={profile}", *arguments, configured=configuration())
