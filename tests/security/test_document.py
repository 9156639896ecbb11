"""docs/security.md names tests that are there, and its example of signing is right."""

import re
import subprocess
from pathlib import Path

import pytest

from config.wire.strict import string_to_sign

TESTS = Path(__file__).resolve().parents[1]
TEXT = (TESTS.parent / "docs" / "security.md").read_text()
FILES = sorted(set(re.findall(r"`([a-z_/]+\.py)(?:::\w+)?`", TEXT)))
NAMES = sorted(set(re.findall(r"\b(test_\w+)(?!\w|\.py)", TEXT)))


def test_it_names_some() -> None:
    assert (len(FILES), len(NAMES)) > (20, 10)


@pytest.mark.parametrize("name", FILES)
def test_every_file_it_names_is_there(name: str) -> None:
    assert (TESTS / name).is_file()


def test_every_test_it_names_is_there() -> None:
    code = "\n".join(path.read_text() for path in TESTS.rglob("test_*.py"))
    assert [name for name in NAMES if f"def {name}(" not in code] == []


def test_its_example_signs_as_we_do() -> None:
    [printf] = re.findall(r"\$\((printf 'POST.*?) \\\n", TEXT)
    script = printf.replace("$TIMESTAMP", "1700000000").replace("$NONCE", "n" * 16)
    signed = subprocess.run(
        ["/bin/sh", "-c", f"BODY='{{}}'; {script}"], capture_output=True, check=True
    ).stdout
    assert signed == string_to_sign("POST", "/casino/getBalance", "1700000000", "n" * 16, b"{}")
