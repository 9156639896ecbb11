"""The evidence is complete, sound and without secrets; its curl commands repeat what it shows."""

import hashlib
import json
import os
import re
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from scripts.certification.evidence.report import schema
from scripts.certification.masking import Masker
from tests.certification import door
from tests.certification.door import Fields
from tests.certification.mutants.order import ReplaysAnotherAmount
from tests.certification.records import Booked
from tests.certification.running import Certified, certify, configuration
from tests.certification.serving import serving
from tests.certification.wallet import Wallet

NAMES = {
    "report.html", "report.json", "report.schema.json", "junit.xml", "transcript.ndjson",
    "manifest.json",
}  # fmt: skip


@pytest.fixture(scope="module")
def passed(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    return certify(Wallet(), tmp_path_factory.mktemp("passed"), "--only=A,C,D")


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    return certify(
        ReplaysAnotherAmount(), tmp_path_factory.mktemp("failed"), "--only=D,F04", "--skip=D14"
    )


def test_the_folder_has_every_file(passed: Certified) -> None:
    assert {path.name for path in passed.folder.iterdir()} == NAMES


def test_the_report_is_what_its_schema_says(passed: Certified, failed: Certified) -> None:
    written = json.loads((passed.folder / "report.schema.json").read_bytes())
    assert written == schema()
    for certified in (passed, failed):
        jsonschema.validate(certified.report, written)


def test_the_manifest_has_the_checksum_of_every_other_file(passed: Certified) -> None:
    manifest = json.loads((passed.folder / "manifest.json").read_bytes())
    assert set(manifest["files"]) == NAMES - {"manifest.json"}
    for name, told in manifest["files"].items():
        content = (passed.folder / name).read_bytes()
        assert told == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    assert manifest["verdict"] == "conforms"
    assert manifest["target"].startswith("http://127.0.0.1:")


def test_a_failure_is_told_with_what_was_expected_and_observed(failed: Certified) -> None:
    [case] = [case for case in failed.report["cases"] if case["id"] == "D03"]
    assert case["verdict"] == "fail"
    assert case["reason"] == "expected refused: conflict, observed accepted"
    [first, second, closing] = case["steps"]
    assert first["observations"][0]["remarks"] == []
    assert second["observations"][0] == {
        "label": "bet",
        "expected": "refused: conflict",
        "observed": "accepted",
        "remarks": ["expected refused: conflict, observed accepted"],
    }
    assert closing["observations"][0]["remarks"] == []
    assert case["balances"] == [
        {
            "player": "ada",
            "currency": "EUR",
            "opening": "1000.00",
            "expected": "999.00",
            "observed": "999.00",
        }
    ]


def test_every_exchange_of_a_step_is_in_the_transcript(passed: Certified) -> None:
    entries = _transcript(passed)
    assert [entry["number"] for entry in entries] == list(range(1, len(entries) + 1))
    assert len(entries) == passed.report["requests"]
    for case in passed.report["cases"]:
        for step in case["steps"]:
            for number in step["exchanges"]:
                assert entries[number - 1]["case"] == case["id"]
                assert entries[number - 1]["step"] == step["number"]
        for number in case["restoring"]["exchanges"] if case["restoring"] else []:
            assert entries[number - 1]["case"] == case["id"]


def test_junit_counts_what_the_report_counts(failed: Certified) -> None:
    root = ET.fromstring((failed.folder / "junit.xml").read_bytes())
    assert root.get("failures") == "1"
    assert root.get("skipped") == "1"
    assert root.get("tests") == str(len(failed.report["cases"]))
    [failure] = root.iter("failure")
    assert failure.get("message") == "expected refused: conflict, observed accepted"


def test_junit_can_be_copied_elsewhere(tmp_path: Path) -> None:
    copy = tmp_path / "ci" / "results.xml"
    certified = certify(Wallet(), tmp_path, "--only=C01", f"--junit={copy}")
    assert copy.read_bytes() == (certified.folder / "junit.xml").read_bytes()


class TestPage:
    def test_it_is_one_file_without_a_script(self, failed: Certified) -> None:
        page = (failed.folder / "report.html").read_text()
        assert not re.search(r"<script|<link|<img|<iframe|@import|url\(|\son\w+=|javascript:", page)
        assert not re.search(r"(src|href)=\"(?!#)", page)
        assert "default-src 'none'; style-src 'sha256-" in page

    def test_it_shows_how_the_wallet_was_restored(self, tmp_path: Path) -> None:
        certified = certify(Wallet(), tmp_path, "--only=F09")
        page = (certified.folder / "report.html").read_text()
        after = page.partition("Leaving the wallet as it was found")[2]
        assert "POST /casino/rollback" in after
        assert certified.reasons("info")["F09"].startswith("The stake stays taken")

    def test_it_shows_the_failure_first_and_open(self, failed: Certified) -> None:
        page = (failed.folder / "report.html").read_text()
        assert page.index("What needs attention") < page.index("All cases")
        assert re.findall(r'<details class="card case (\S+)" open>', page) == ["fail"]

    def test_it_shows_the_exchange_that_failed_among_many(self, tmp_path: Path) -> None:
        page = (certify(_Stumbles(), tmp_path, "--only=C12").folder / "report.html").read_text()
        assert "HTTP 500\n" in page
        assert "<code>→ 500</code>" in page

    def test_it_shows_the_answer_that_differs_in_a_race(self, tmp_path: Path) -> None:
        page = (certify(_TiresInARace(), tmp_path, "--only=D02").folder / "report.html").read_text()
        assert page.count("<code>→ 500</code>") == 1

    def test_hostile_text_stays_text(self, tmp_path: Path) -> None:
        certified = certify(Wallet(), tmp_path, "--only=C12")
        page = (certified.folder / "report.html").read_text()
        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)" in page


class TestSecrets:
    def test_none_is_in_any_file_or_on_the_terminal(self, passed: Certified) -> None:
        hidden = [door.SECRET, door.OTHER_SECRET, door.OLD_SECRET]
        wholes = [path.read_text() for path in passed.folder.iterdir()] + [passed.said]
        for whole in wholes:
            assert not any(secret in whole for secret in hidden)
            assert not re.search(r"token-[0-9a-f]{32}", whole)

    def test_right_signatures_are_masked_and_wrong_ones_shown(self, passed: Certified) -> None:
        shown = {
            value
            for entry in _transcript(passed)
            for name, value in entry["headers"]
            if name == "x-casino-signature"
        }
        assert "***SIGNATURE***" in shown
        assert "z" * 64 in shown
        assert not any(re.fullmatch(r"[1-9a-f][0-9a-f]{62,63}", value) for value in shown)

    @pytest.mark.parametrize(
        "secret", ['quo"te', "back\\slash", "ümläut", "a&b=c", "with space", "<tag>", "漢字"]
    )
    def test_they_are_masked_however_they_are_written(self, secret: str) -> None:
        masker = Masker()
        masker.hide(secret, "SECRET")
        for text in (secret, json.dumps({"a": secret}), json.dumps(secret, ensure_ascii=False)):
            assert secret not in masker.text(text)
            assert "***SECRET***" in masker.text(text)

    def test_a_secret_within_another_does_not_uncover_it(self) -> None:
        masker = Masker()
        masker.hide("abc", "SHORT")
        masker.hide("abcdef", "LONG")
        assert masker.text("abcdef abc") == "***LONG*** ***SHORT***"

    def test_headers_with_credentials_are_masked_and_others_are_shown(self, tmp_path: Path) -> None:
        headers = '[credentials.headers]\nX-Api-Key = "of-the-gate"\nX-Brand = "lucky"\n'
        configured = configuration("URL").replace("[games]", f"{headers}[games]")
        certified = certify(Wallet(), tmp_path, "--only=C01", configured=configured)
        sent = {tuple(each) for entry in _transcript(certified) for each in entry["headers"]}
        assert ("X-Api-Key", "***X_API_KEY***") in sent
        assert ("X-Brand", "lucky") in sent


def test_the_curl_of_the_report_repeats_the_request(tmp_path: Path) -> None:
    wallet = Wallet()
    with serving(wallet) as (url, _):
        certified = certify(wallet, tmp_path, "--only=C01")
        [entry] = [each for each in _transcript(certified) if each["step"] == 1]
        token = next(iter(wallet.sessions))
        assert token not in entry["curl"]
        command = re.sub(r"http://127\.0\.0\.1:\d+", url, entry["curl"])
        answer = subprocess.run(
            ["bash", "-c", command],
            env={**os.environ, "SECRET": door.SECRET, "TOKEN_MAIN": token},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    assert answer.startswith("HTTP/1.1 200")
    assert "Idempotent-Replayed: true" in answer


def test_a_body_that_is_not_shown_whole_has_no_curl(tmp_path: Path) -> None:
    """Its curl would send another body."""
    entries = _transcript(certify(Wallet(), tmp_path, "--only=C14"))
    without = {each["label"] for each in entries if not each["curl"]}
    assert without == {"body: nested without end", "body: not UTF-8", "bet"}  # of a megabyte
    [empty] = [each["curl"] for each in entries if each["label"] == "body: empty"]
    assert empty.startswith("BODY=''\ncurl")
    assert '--data-binary "$BODY"' in empty


def _transcript(certified: Certified) -> list[dict]:  # type: ignore[type-arg]
    lines = (certified.folder / "transcript.ndjson").read_text().splitlines()
    return [json.loads(line) for line in lines]


class _Stumbles(Wallet):
    """Has a fault with the last of many hostile ids."""

    def identifier(self, fields: Fields, name: str) -> None:
        if str(fields.get(name)).startswith("\ufeff"):
            raise ZeroDivisionError
        super().identifier(fields, name)


class _TiresInARace(Wallet):
    """Fails the fortieth copy of a bet."""

    copies = 0

    def stored(self, booked: Booked) -> Fields:
        self.copies += booked.round.endswith("fifty")
        if self.copies == 40:
            raise ZeroDivisionError
        return super().stored(booked)
