"""Tests on clusters of real database servers take minutes, so ``scripts/test`` leaves them out.

They have the mark ``clusters``. ``scripts/test -m clusters`` runs them, and so does ``.ci/run``.
"""

import pytest

REASON = "takes minutes on a cluster of database servers: scripts/test -m clusters"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"clusters: {REASON}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "clusters" in config.option.markexpr:
        return
    for item in items:
        if item.get_closest_marker("clusters"):
            item.add_marker(pytest.mark.skip(reason=REASON))
