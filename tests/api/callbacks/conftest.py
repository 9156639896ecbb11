"""A session that many tests may use, where none of them moves money."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from casino.ledger.audit import breaks
from tests.casino_world import Play, make_play


@pytest.fixture(scope="module")
def untouched() -> Iterator[Play]:
    """A player with 1,000.00, who must have no new transaction and pass the audit at module end."""
    play = make_play()
    yield play
    assert play.transactions() == []
    assert play.balances == (100_000, 0)
    assert list(breaks(wallet_pks=[play.wallet_pk])) == []


@pytest.fixture
def begin() -> datetime:
    return datetime.now(UTC) - timedelta(seconds=1)
