"""The tests that the documents name exist, and their example of signing is right."""

import re
import subprocess
from pathlib import Path

import pytest

from config.wire.strict import string_to_sign

TESTS = Path(__file__).resolve().parents[1]
DOCS = TESTS.parent / "docs"
TEXTS = {name: (DOCS / f"{name}.md").read_text() for name in ("security", "reliability")}
FILES = sorted(
    {
        (document, name)
        for document, text in TEXTS.items()
        for name in re.findall(r"`([a-z_/]+\.py)(?:::\w+)?`", text)
    }
)


@pytest.mark.parametrize("document", TEXTS)
def test_it_names_some(document: str) -> None:
    assert len([name for where, name in FILES if where == document]) > 8


@pytest.mark.parametrize(("document", "name"), FILES)
def test_every_file_it_names_is_there(document: str, name: str) -> None:
    assert (TESTS / name).is_file()


@pytest.mark.parametrize("document", TEXTS)
def test_every_test_it_names_is_there(document: str) -> None:
    code = "\n".join(path.read_text() for path in TESTS.rglob("test_*.py"))
    names = set(re.findall(r"\b(test_\w+)(?!\w|\.py)", TEXTS[document]))
    assert [name for name in sorted(names) if f"def {name}(" not in code] == []


def test_its_example_signs_as_we_do() -> None:
    [printf] = re.findall(r"\$\((printf 'POST.*?) \\\n", TEXTS["security"])
    script = printf.replace("$TIMESTAMP", "1700000000").replace("$NONCE", "n" * 16)
    signed = subprocess.run(
        ["/bin/sh", "-c", f"BODY='{{}}'; {script}"], capture_output=True, check=True
    ).stdout
    assert signed == string_to_sign("POST", "/casino/getBalance", "1700000000", "n" * 16, b"{}")
