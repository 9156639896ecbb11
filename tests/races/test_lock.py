"""The race is real: without the lock, two bets decide on the same balance; with it, they cannot."""

import threading
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from django.db import IntegrityError, connections
from django.db.models import QuerySet

from casino.ledger import statements
from casino.ledger.errors import InsufficientFunds
from casino.ledger.execution import alone
from casino.ledger.locks import WalletLock
from casino.ledger.operation import Receipt
from casino.ledger.posting import Posting
from casino.models import Wallet
from casino.operations.betting import PlaceBet
from casino.operations.seats import SessionSeat
from tests.casino_world import Play, make_play
from tests.factories import unique


class Unlocked(WalletLock):
    """The lock's query without FOR UPDATE."""

    def _query(self, *, waits: bool) -> "QuerySet[Wallet]":
        query = super()._query(waits=waits)
        query.query.select_for_update = False
        return query


@dataclass(frozen=True, slots=True)
class UnlockedSeat(SessionSeat):
    """A seat whose wallet is read but not locked."""

    lock: ClassVar[WalletLock] = Unlocked(statements.SESSION, {"sessions__token": "token_digest"})


class TwoBets:
    """Two bets of 80 against 100; neither is written before both could decide."""

    def __init__(self, seat: SessionSeat) -> None:
        self._seat = seat
        self._both_decided = threading.Barrier(2)
        self.decided_together = False
        self.outcomes: list[Any] = []

    def run(self) -> list[str]:
        threads = [threading.Thread(target=self._bet) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sorted(self.outcomes)

    def _bet(self) -> None:
        bet = PlaceBet(
            source="test",
            external_id=unique("bet"),
            seat=self._seat,
            amount=80,
            round_id=unique("round"),
        )
        try:
            alone(Posting(bet, self._answer))
            self.outcomes.append("accepted")
        except (InsufficientFunds, IntegrityError) as refused:
            self.outcomes.append(type(refused).__name__)
        finally:
            connections.close_all()

    def _answer(self, _receipt: Receipt[PlaceBet]) -> str:
        """Wait here, when the decision is made and nothing is written yet."""
        try:
            self._both_decided.wait(timeout=0.3)
            self.decided_together = True
        except threading.BrokenBarrierError:
            pass
        return "{}"


@pytest.fixture
def poor() -> Play:
    return make_play(wallet__opening=100)


def test_without_the_lock_both_decide_on_the_same_balance(poor: Play) -> None:
    """PostgreSQL still refuses the second one, by its number in the wallet's sequence."""
    race = TwoBets(UnlockedSeat(poor.token, poor.session.provider_id))

    assert race.run() == ["IntegrityError", "accepted"]
    assert race.decided_together
    assert poor.balances == (20, 0)


def test_with_the_lock_the_second_decides_on_what_the_first_left(poor: Play) -> None:
    race = TwoBets(SessionSeat(poor.token, poor.session.provider_id))

    assert race.run() == ["InsufficientFunds", "accepted"]
    assert not race.decided_together
    assert poor.balances == (20, 0)
