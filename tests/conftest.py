"""The database of the tests, and what every test may use.

Tests commit for real: locks, races and the append-only ledger cannot be shown within one
transaction that is rolled back. The database is never cleaned between tests (the ledger refuses
DELETE and TRUNCATE), so every test makes players, games and providers of its own.
"""

from collections.abc import Iterator

import pytest
from django.db import connections

from casino.ledger.audit import breaks
from tests.casino_world import Play, make_play


@pytest.fixture(scope="session", autouse=True)
def database(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """The test database, open to every test; what they write stays."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        yield
        connections.close_all()


@pytest.fixture
def play() -> Iterator[Play]:
    """A player in an active session with 1,000.00 in the wallet; audited when the test is done."""
    play = make_play()
    yield play
    assert list(breaks(wallet_pks=[play.wallet_pk])) == []
