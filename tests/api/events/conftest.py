"""Players of an aggregator, who are audited when the test is done with them."""

from collections.abc import Iterator

import pytest

from casino.ledger.audit import breaks
from tests.api.events.gambler import Gambler, make_gambler


@pytest.fixture
def gambler() -> Iterator[Gambler]:
    """A player with 1,000.00 EUR."""
    gambler = make_gambler()
    yield gambler
    assert list(breaks(wallet_pks=[gambler.wallet.pk])) == []


@pytest.fixture(scope="module")
def untouched() -> Iterator[Gambler]:
    """A player with 1,000.00 EUR, who must have no event and pass the audit at module end."""
    gambler = make_gambler()
    yield gambler
    assert gambler.transactions() == []
    assert gambler.balances == (100_000, 0)
    assert list(breaks(wallet_pks=[gambler.wallet.pk])) == []
