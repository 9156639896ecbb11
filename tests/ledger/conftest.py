"""A wallet of which everything is known, and somebody who tampers with it."""

from collections.abc import Iterator

import pytest

from tests.casino_world import make_play
from tests.factories import unique
from tests.ledger.story import Story
from tests.ledger.tampering import Tampering, tampering


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
