"""Every package that an installation brings is pinned, so that all installations are the same."""

import re
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]


def pinned() -> dict[str, Requirement]:
    """The packages for this Python, by their names as PyPI compares them."""
    found = {}
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        text = line.split("#")[0].strip()
        if text:
            requirement = Requirement(text)
            assert [specifier.operator for specifier in requirement.specifier] == ["=="], line
            if requirement.marker is None or requirement.marker.evaluate():
                found[plain(requirement.name)] = requirement
    return found


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_whatever_a_pinned_package_needs_is_pinned_too() -> None:
    everything = pinned()
    missing = set()
    for name, requirement in everything.items():
        for text in metadata.requires(name) or []:
            needed = Requirement(text)
            wanted = needed.marker is None or any(
                needed.marker.evaluate({"extra": extra}) for extra in requirement.extras | {""}
            )
            if wanted and plain(needed.name) not in everything:
                missing.add(f"{needed.name} (for {name})")
    assert missing == set()


def test_what_is_installed_is_what_is_pinned() -> None:
    for name, requirement in pinned().items():
        assert requirement.specifier.contains(metadata.version(name)), name
