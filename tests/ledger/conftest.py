"""Wallets about which everything is known, a way to tamper with one, and raw SQL."""

from collections.abc import Iterator

import psycopg
import pytest

from casino.models import SimulationRun
from tests.casino_world import Play, make_play
from tests.factories import CurrencyFactory, unique
from tests.ledger.rows import Connection
from tests.ledger.story import Story
from tests.ledger.tampering import Tampering, tampering
from tests.servers import database_url


@pytest.fixture
def story() -> Story:
    play = make_play()
    bet = play.bet(30_000)
    play.win(bet, 50_000)
    play.win(bet, 0)
    taken_back = play.bet(90_000)
    play.rollback(taken_back["transactionId"])
    play.rollback(unique("unknown"))
    play.bet(100)
    placed, win, lost, reversed_bet, reversal, tombstone, _, last = play.transactions()
    return Story(play, placed, win, lost, reversed_bet, reversal, tombstone, last)


@pytest.fixture
def tampered(story: Story) -> Iterator[Tampering]:
    with tampering(story.play.wallet_pk) as tampered:
        assert tampered.found() == []
        yield tampered


@pytest.fixture(scope="module")
def good() -> Play:
    """A player who bet and won; the tests copy each of its rows."""
    play = make_play(game__min_bet=10)
    play.win(play.bet(1_000), 700)
    play.bet(1_000)  # the last transaction: 100_000 - 1_300, of which 700 are redeemable
    SimulationRun.objects.create(run_id=unique("run"), arguments={}, session=play.session)
    CurrencyFactory(code="ZZZ")
    return play


@pytest.fixture
def sql() -> Iterator[Connection]:
    """An administrator's own connection; nothing on it is committed."""
    with psycopg.connect(database_url()) as connection:
        yield connection
        connection.rollback()
