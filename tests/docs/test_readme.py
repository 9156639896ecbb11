"""The links in the README and the documents work, and their commands exist."""

import re
from pathlib import Path

import pytest

from scripts.setup.__main__ import MODULES

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
DOCUMENTS += sorted((ROOT / "docs").glob("*.md"))


def anchors(document: Path) -> set[str]:
    headings = re.findall(r"(?m)^#+ (.+)$", document.read_text())
    return {
        re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings
    }


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text()):
        if target.startswith("http"):
            continue
        name, _, anchor = target.partition("#")
        linked = document.parent / name if name else document
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_script_that_is_named_is_there(document: Path) -> None:
    named = set(re.findall(r"\bscripts/([a-z]+)\b(?![/.])", document.read_text()))
    folders = {"benchmark", "certification", "setup"}
    assert named - folders <= {*MODULES, "reset"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_of_manage_py_that_is_named_is_there(document: Path) -> None:
    from django.core.management import get_commands  # noqa: PLC0415

    named = set(re.findall(r"manage\.py ([a-z_]+)", document.read_text()))
    assert named - {"alone", "runs"} <= set(get_commands())


def test_the_readme_is_for_newcomers() -> None:
    text = (ROOT / "README.md").read_text()
    for wanted in ("3.11 or newer", "scripts/demo", "scripts/test", "curl -s", "scripts/reset"):
        assert wanted in text
    assert len(text.splitlines()) < 160
