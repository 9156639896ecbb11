"""The kit knows nothing of the casino, so these tests need no database in their process."""

import pytest


@pytest.fixture(scope="session", autouse=True)
def database() -> None:
    """None."""


@pytest.fixture(autouse=True)
def audited() -> None:
    """No ledger is written here; the casino that is certified ends with its process."""
