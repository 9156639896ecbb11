"""Commands take ports and numbers from their arguments, then the environment, then `.env`."""

from pathlib import Path

import pytest

from config.environment import processors
from scripts.setup import arguments, env_file


@pytest.fixture(autouse=True)
def nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("PORT", "WORKERS", "BLOCKING_THREADS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(env_file, "PATH", tmp_path / ".env")
    return tmp_path / ".env"


def test_defaults() -> None:
    options = arguments.parse("serve", [])
    assert (options.port, options.workers, options.blocking_threads) == (
        8000,
        processors.WORKERS,
        64,
    )
    assert options.host == "127.0.0.1"
    assert options.setup


def test_an_argument_goes_before_the_environment_and_that_before_the_file(
    nothing_set: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing_set.write_text("PORT=8101\nWORKERS=3\n")
    assert arguments.parse("serve", []).port == 8101
    monkeypatch.setenv("PORT", "8102")
    assert arguments.parse("serve", []).port == 8102
    options = arguments.parse("serve", ["--port", "8103"])
    assert (options.port, options.port_is_given, options.workers) == (8103, True, 3)


@pytest.mark.parametrize("text", ["0", "65536", "-1", "http", "8000.5", "٨", ""])
def test_a_port_that_is_none_is_refused_with_a_usage_line(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        arguments.parse("serve", [f"--port={text}"])
    assert left.value.code == 2
    assert "a port is a number from 1 to 65535" in capsys.readouterr().err


def test_nonsense_in_the_environment_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WORKERS", "many")
    with pytest.raises(SystemExit):
        arguments.parse("serve", [])
    said = capsys.readouterr().err
    assert "WORKERS: give a number from 1 to 256" in said
    assert "many" not in said


def test_whatever_follows_test_is_pytests() -> None:
    given = ["-k", "x", "--port=1", "tests/setup"]
    assert arguments.parse("test", given).pytest_arguments == given
