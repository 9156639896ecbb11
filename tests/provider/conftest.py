"""Each test gets its own casino, which can misbehave, and a player's session there."""

from collections.abc import Iterator

import pytest
from django.db import connections, router
from pytest_django.fixtures import Settings

from provider.models import GameRound
from tests.provider.fake_casino import FakeCasino
from tests.provider.table import Table, lay_table


@pytest.fixture(autouse=True)
def _impatient(settings: Settings) -> None:
    """Wait only for milliseconds, unless a test is about the time itself."""
    settings.PROVIDER_BACKOFF_MS = 1
    settings.PROVIDER_LONGEST_WAIT_MS = 5
    settings.PROVIDER_READ_TIMEOUT_MS = 300


_WRONG_TOTALS = """
SELECT round.round_id, total_bet_amount, total_payout_amount, staked, paid
FROM provider_game_rounds round CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount) FILTER (WHERE bet_type = 'DEBIT'), 0) staked,
        coalesce(sum(amount) FILTER (WHERE bet_type = 'CREDIT'), 0) paid
    FROM provider_bets WHERE round_id = round.id AND status = 'ACCEPTED'
) accepted
WHERE (total_bet_amount, total_payout_amount) <> (staked, paid)
"""


@pytest.fixture(autouse=True)
def _totals_are_right(database: None) -> Iterator[None]:
    """After every test, each round's totals are those of its accepted bets and payouts."""
    yield
    with connections[router.db_for_read(GameRound)].cursor() as cursor:
        cursor.execute(_WRONG_TOTALS)
        assert cursor.fetchall() == []


@pytest.fixture
def casino() -> Iterator[FakeCasino]:
    with FakeCasino(secret="what the casino verifies").serving() as casino:
        yield casino


@pytest.fixture
def table(casino: FakeCasino) -> Table:
    """A player with 1,000.00 in an open session of a game."""
    return lay_table(casino)
