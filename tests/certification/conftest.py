"""The kit knows nothing of the casino, so these tests need no database in their process."""

import pytest


@pytest.fixture(scope="session", autouse=True)
def database() -> None:
    """Prepare no database."""


@pytest.fixture(autouse=True)
def audited() -> None:
    """No ledger to audit: the tests write none, and the certified casino ends with its process."""
