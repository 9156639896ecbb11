"""Every package that an install brings is pinned, so that tomorrow's install is today's."""

import re
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]


def pinned() -> dict[str, tuple[str, frozenset[str]]]:
    """Name → (version, extras), names as PyPI compares them."""
    found = {}
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        text = line.split("#")[0].strip()
        if text:
            requirement = Requirement(text)
            [specifier] = requirement.specifier
            assert specifier.operator == "==", line
            found[plain(requirement.name)] = (specifier.version, frozenset(requirement.extras))
    return found


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_whatever_a_pinned_package_needs_is_pinned_too() -> None:
    everything = pinned()
    missing = set()
    for name, (_, extras) in everything.items():
        for text in metadata.requires(name) or []:
            needed = Requirement(text)
            wanted = needed.marker is None or any(
                needed.marker.evaluate({"extra": extra}) for extra in extras | {""}
            )
            if wanted and plain(needed.name) not in everything:
                missing.add(f"{needed.name} (for {name})")
    assert missing == set()


def test_what_is_installed_is_what_is_pinned() -> None:
    installed = {name: metadata.version(name) for name in pinned()}
    assert installed == {name: version for name, (version, _) in pinned().items()}
