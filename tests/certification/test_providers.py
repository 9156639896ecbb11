"""Providers are certified with a casino that misbehaves: the kit finds every broken one."""

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import jsonschema
import pytest

from scripts.certification.evidence.report import schema
from scripts.certification.other_side.cases import all_cases
from scripts.certification.other_side.casino import Casino, Trialled
from scripts.certification.other_side.checks import names
from scripts.certification.other_side.faults import Fault
from scripts.certification.other_side.serving import serving as casino_serving
from scripts.setup import ROOT
from tests.certification.door import OTHER_SECRET, SECRET, Answer, digest
from tests.certification.mutants.providers import PROVIDERS, ProviderMutant
from tests.certification.provider import Provider, serving
from tests.certification.running import Certified, run
from tests.certification.serving import serving as serving_anything
from tests.certification.table import KEY
from tests.servers import free_port

EVIDENCE = ROOT / "evidence" / "provider"

Record = Callable[[str, object], None]


def certify(provider: Provider, folder: Path, *arguments: str, patience: float = 2.0) -> Certified:
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    provider.casino = f"http://127.0.0.1:{port}"
    with serving(provider) as url:
        file = folder / "certify-provider.toml"
        file.write_text(
            f"""
[provider]
url = "{url}"
patience_seconds = {patience}
quiet_seconds = 0.05
[credentials]
secret = "{OTHER_SECRET}"
casino_secret = "{SECRET}"
[casino]
port = {port}
[play]
game = "slots"
[hooks]
restart = "{url}/crash"
"""
        )
        return run(folder, f"--config={file}", *arguments, command="provider")


def test_a_healthy_provider_passes_everything(tmp_path: Path) -> None:
    certified = certify(Provider(), tmp_path, "--strict")
    assert certified.status == 0, certified.said
    assert set(certified.verdicts.values()) == {"pass"}
    assert set(certified.verdicts) == set(all_cases())
    jsonschema.validate(certified.report, schema())
    for path in certified.folder.iterdir():
        assert SECRET not in path.read_text()
        assert OTHER_SECRET not in path.read_text()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run all mutants in the long profile, otherwise one for each case."""
    if "mutant" in metafunc.fixturenames:
        one_for_each = {case: each for each in PROVIDERS for case in each.caught_by}
        is_long = metafunc.config.getoption("--long")
        sample = [each for each in PROVIDERS if is_long or each in one_for_each.values()]
        metafunc.parametrize("mutant", sample, ids=lambda each: each.provider.__name__)


def test_a_broken_provider_is_failed_by_each_case_that_claims_to_catch_it(
    mutant: ProviderMutant, tmp_path: Path, record_property: Record
) -> None:
    only = f"--only={','.join(mutant.caught_by)}"
    certified = certify(mutant.provider(), tmp_path, only, "--strict", patience=0.3)
    assert certified.status == 1, certified.said
    caught = {case for case, verdict in certified.verdicts.items() if verdict in _caught(case)}
    record_property(KEY, [f"{mutant.name} (a provider)", sorted(caught)])
    assert caught == set(mutant.caught_by), certified.said


def _caught(case: str) -> set[str]:
    """A case of severity "should" may also say "non-strict", if the money is right."""
    return {"fail", "non-strict"} if all_cases()[case].severity == "should" else {"fail"}


def test_every_case_can_fail() -> None:
    assert {case for mutant in PROVIDERS for case in mutant.caught_by} == set(all_cases())


def test_the_cases_speak_of_faults_and_checks_that_there_are() -> None:
    for case in all_cases().values():
        assert set(case.checks) <= names()
        for trial in case.trials:
            texts = [*trial.always.values(), *chain.from_iterable(trial.faults.values())]
            assert texts
            assert all(Fault.read(text) for text in texts)


def test_a_provider_may_send_a_body_in_chunks() -> None:
    casino = Casino(secret=SECRET, currency="EUR", restart=lambda: None)
    casino.begin(Trialled(session="s", balance=1_234))
    body = b'{"sessionToken":"s"}'
    with casino_serving(casino, "127.0.0.1", 0) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        for chunks in (iter([body[:7], body[7:]]), body):
            connection.request(
                "POST", "/casino/getBalance", chunks, {"x-casino-signature": digest(SECRET, body)}
            )
            assert json.loads(connection.getresponse().read())["balance"] == 1_234
        connection.close()


@pytest.mark.parametrize("name", ["SignsWithTheWrongSecret", "WritesFractions", "NamesNoSession"])
def test_the_evidence_has_the_requests_that_are_wrong(name: str, tmp_path: Path) -> None:
    (mutant,) = (each for each in PROVIDERS if each.provider.__name__ == name)
    certified = certify(mutant.provider(), tmp_path, "--only=I05", patience=0.3)
    text = (certified.folder / "transcript.ndjson").read_text()
    statuses = [json.loads(line)["status"] for line in text.splitlines() if "/casino/" in line]
    refused = {"SignsWithTheWrongSecret": 401, "WritesFractions": 400, "NamesNoSession": 404}
    assert refused[name] in statuses


def test_a_provider_that_calls_another_casino_is_told_so(tmp_path: Path) -> None:
    class Elsewhere(Provider):
        def ask(self, *_: object) -> None:
            """Reach nobody."""

    certified = certify(Elsewhere(), tmp_path, "--only=I05", patience=0.1)
    assert certified.status == 1
    assert "does the provider call the address in [casino]?" in certified.reasons("fail")["I05"]


def test_what_cannot_be_judged_is_told(tmp_path: Path) -> None:
    file = tmp_path / "certify-provider.toml"
    file.write_text(f'[provider]\nurl = "http://127.0.0.1:9"\n[casino]\nport = {free_port()}\n')
    certified = run(tmp_path, f"--config={file}", "--only=I05,I08", command="provider")
    assert certified.status == 2
    assert certified.verdicts == {"I05": "error", "I08": "skipped"}
    assert "Connection refused" in certified.reasons("error")["I05"]


class Answers:
    """A provider that answers everything in the same way."""

    def __init__(self, answer: Answer | None) -> None:
        self._answer = answer

    def answer(self, *_: object, **__: object) -> Answer | None:
        return self._answer


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(200, {}), "200 {}"),
        (
            Answer(200, b"<html>\n <h1>It works!</h1>\n</html>"),
            "200 <html> <h1>It works!</h1> </html>",
        ),
        (Answer(500, {"code": "INTERNAL_ERROR"}), '500 {"code": "INTERNAL_ERROR"}'),
        (Answer(302, b"", {"Location": "/sorry"}), "302, Location: /sorry"),
        (Answer(404, b""), "404"),
    ],
)
def test_a_run_that_stops_says_what_the_provider_answered(
    answer: Answer, said: str, tmp_path: Path
) -> None:
    with serving_anything(Answers(answer)) as (url, _):
        file = tmp_path / "certify-provider.toml"
        file.write_text(f'[provider]\nurl = "{url}"\n[casino]\nport = {free_port()}\n')
        certified = run(tmp_path, f"--config={file}", "--only=I05,I07,I09", command="provider")
    told = f"the provider opened no session: {said}"
    assert certified.status == 2
    assert certified.verdicts == {"I05": "error", "I07": "error", "I09": "skipped"}
    assert certified.report["stopped"] == told
    assert f"not all cases were played: {told}\n" in certified.said


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(200, {}), "200 {}"),
        (Answer(200, b"<h1>It\n works!</h1>"), "200 <h1>It works!</h1>"),
        (Answer(500, b""), "500"),
        (Answer(503, {"code": "BUSY"}), "503 BUSY"),
        (Answer(200, {"outcome": "SETTLED"}), "SETTLED"),
    ],
)
def test_a_round_without_a_transcript_is_told_as_it_was_answered(
    answer: Answer, said: str, tmp_path: Path
) -> None:
    class OpensSessions(Answers):
        def answer(self, path: str, *_: object, **__: object) -> Answer | None:
            return Answer(200, {"providerSessionId": "s"}) if "launch" in path else answer

    with serving_anything(OpensSessions(answer)) as (url, _):
        file = tmp_path / "certify-provider.toml"
        file.write_text(
            f'[provider]\nurl = "{url}"\npatience_seconds = 0.1\n[casino]\nport = {free_port()}\n'
        )
        certified = run(tmp_path, f"--config={file}", "--only=I07", command="provider")
    [case] = certified.report["cases"]
    assert case["steps"][0]["note"] == f"The provider says: {said}."


@pytest.mark.parametrize("subject", [[], ["provider"]])
def test_a_wrong_argument_is_said_before_anything_is_set_up(
    tmp_path: Path, subject: list[str]
) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "scripts.setup.certify", *subject, "--only=Z99"],
        cwd=ROOT,
        env={**os.environ, "CALLED_FROM": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "there is no case or group Z99" in ended.stderr


@pytest.mark.timeout(300)
def test_our_own_provider_conforms(tmp_path: Path) -> None:
    """Certify it with the command that a person would type."""
    command = [sys.executable, "-m", "scripts.setup.certify", "provider", "--strict"]
    certified = subprocess.run(
        [*command, f"--out={EVIDENCE}"],
        cwd=ROOT,
        env={**os.environ, "CALLED_FROM": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert certified.returncode == 0, certified.stdout + certified.stderr
    report = json.loads((EVIDENCE / "report.json").read_bytes())
    assert {case["verdict"] for case in report["cases"]} == {"pass"}
