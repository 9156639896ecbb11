"""Commands that cannot start say why in one line. Status 1 of `scripts/certify` is a verdict, so it
is never the status of a run that could not start.
"""

from pathlib import Path

import pytest

from scripts.certification import CannotRun, cli
from scripts.certification.ending import write_sample
from scripts.certification.masking import Masker
from scripts.certification.progress import Screen
from tests.certification.running import run
from tests.setup.checkouts import Checkout


@pytest.fixture(scope="module")
def without_data(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A clone that cannot make its folder for data, because there is a file of that name."""
    cloned = Checkout.make(tmp_path_factory.mktemp("clone"))
    (cloned.path / ".data").touch()
    return cloned


@pytest.mark.parametrize(
    ("status", "command"),
    [
        (2, ["scripts/certify", "--only=C01"]),
        (2, ["scripts/certify", "provider", "--only=I05"]),
        (1, ["scripts/bench", "--quick", "--only=floor"]),
    ],
)
def test_a_file_in_place_of_the_data_folder(
    status: int, command: list[str], without_data: Checkout
) -> None:
    ended = without_data.run(*command)
    [line] = ended.stderr.splitlines()
    assert line.startswith(f"{command[0]}: ")
    assert ".data" in line
    assert ended.returncode == status


@pytest.mark.parametrize(("status", "command"), [(2, "certify"), (1, "serve")])
def test_no_python(status: int, command: str, without_data: Checkout, tmp_path: Path) -> None:
    for name in ("bash", "dirname", "readlink"):
        (tmp_path / name).symlink_to(Path("/usr/bin") / name)
    venv = without_data.path / ".venv"
    venv.rename(tmp_path / "venv")
    try:
        ended = without_data.run(f"scripts/{command}", env={"PATH": str(tmp_path)})
    finally:
        (tmp_path / "venv").rename(venv)
    assert "none was found on PATH" in ended.stderr
    assert ended.returncode == status


def test_an_interpreter_that_cannot_be_run(without_data: Checkout, tmp_path: Path) -> None:
    """The environment is complete, but its interpreter is no program for this user."""
    venv = without_data.path / ".venv"
    complete = (venv / ".complete").read_bytes()
    venv.rename(tmp_path / "venv")
    try:
        (venv / "bin").mkdir(parents=True)
        (venv / ".complete").write_bytes(complete)
        (venv / "bin/python").touch(mode=0o644)
        ended = without_data.run("scripts/certify", "--list")
    finally:
        venv.rename(tmp_path / "broken")
        (tmp_path / "venv").rename(venv)
    [line] = ended.stderr.splitlines()
    assert "Permission denied" in line
    assert ended.returncode == 2


def test_a_sample_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    sample = tmp_path / "file" / "certify.toml"
    with pytest.raises(CannotRun, match=r"certify\.toml: Not a directory"):
        write_sample(sample, "stake = 100", Screen(Masker()))


def test_a_bug_of_the_kit_is_no_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(cli, "_do", break_down)
    certified = run(tmp_path, "--list")
    assert certified.status == 2
    assert "ZeroDivisionError" in certified.said
