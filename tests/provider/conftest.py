"""A casino that can misbehave, and a session of a player there, for each test its own."""

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from tests.provider.fake_casino import FakeCasino
from tests.provider.world import Table, lay_table


@pytest.fixture(autouse=True)
def _impatient(settings: Settings) -> None:
    """Waits of milliseconds, where the time itself is not what is tested."""
    settings.PROVIDER_BACKOFF_MS = 1
    settings.PROVIDER_LONGEST_WAIT_MS = 5
    settings.PROVIDER_READ_TIMEOUT_MS = 300


@pytest.fixture
def casino() -> Iterator[FakeCasino]:
    with FakeCasino(secret="what the casino verifies").serving() as casino:
        yield casino


@pytest.fixture
def table(casino: FakeCasino) -> Table:
    """A player with 1,000.00 in an open session of a game."""
    return lay_table(casino)
