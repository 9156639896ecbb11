"""How many statements a callback costs PostgreSQL, counted on the wire in front of it.

A debit takes five: BEGIN, the lock, the look-up, the write, COMMIT. Credentials stay in the process
for a few seconds, so a warm server reads nothing else.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.casino_world import Answer, Play
from tests.factories import unique
from tests.in_book import MOVEMENT, NO_MOVEMENT
from tests.postgres_relay import Relay, relaying
from tests.servers import Server, serving


@pytest.fixture(scope="module")
def relay() -> Iterator[Relay]:
    with relaying() as relay:
        yield relay


@pytest.fixture(scope="module")
def relayed(relay: Relay) -> Iterator[Server]:
    """A server with one connection, so that earlier calls have prepared all its statements."""
    with serving(DATABASE_URL=relay.database_url, DATABASE_POOL_SIZE="1") as server:
        yield server


class Counted:
    """Sends callbacks to the relayed server and returns what PostgreSQL completed for each."""

    def __init__(self, play: Play, server: Server, relay: Relay) -> None:
        self._play, self._server, self._relay = play, server, relay
        self.answer: Answer | None = None
        self.warm_up()

    def warm_up(self) -> None:
        """Send each callback, so that statements are prepared and credentials are read."""
        bet = self._play.movement(1)
        self.send("getBalance", {"sessionToken": self._play.token})
        for callback in ("debit", "debit", "credit"):
            self.send(callback, {**bet, "transactionId": unique(callback)})
        self.send("rollback", self.rollback_of(unique("unknown")))
        assert self.answer is not None
        assert self.answer.status == 200

    def rollback_of(self, original: str) -> dict[str, Any]:
        return {
            "sessionToken": self._play.token,
            "transactionId": unique("rollback"),
            "originalTransactionId": original,
        }

    def send(self, callback: str, fields: dict[str, Any]) -> list[str]:
        with self._relay.noting() as completed:
            self.answer = self._play.send(callback, fields, to=self._server)
        return [tag.split()[0] for tag in completed]


@pytest.fixture
def counted(play: Play, relayed: Server, relay: Relay) -> Counted:
    return Counted(play, relayed, relay)


def test_the_relay_sees_what_postgresql_completes(counted: Counted, play: Play) -> None:
    """If the relay saw nothing, the limits below would hold for anything."""
    assert counted.send("debit", play.movement(100)).count("COMMIT") == 1


def test_a_debit_costs_five_statements(counted: Counted, play: Play) -> None:
    completed = counted.send("debit", play.movement(100))

    assert counted.answer is not None
    assert counted.answer.status == 200
    assert len(completed) <= MOVEMENT, completed
    assert (completed[0], completed[-1]) == ("BEGIN", "COMMIT")


def test_a_replay_costs_four_statements(counted: Counted, play: Play) -> None:
    sent = play.movement(100)
    counted.send("debit", sent)
    completed = counted.send("debit", sent)

    assert counted.answer is not None
    assert counted.answer.is_replay
    assert len(completed) <= NO_MOVEMENT, completed
    assert completed[0] == "BEGIN"


def test_a_credit_and_a_rollback_cost_no_more_than_a_debit(counted: Counted, play: Play) -> None:
    bet, other = play.bet(100), play.bet(100)
    win = play.movement(100, roundId=bet["roundId"], relatedTransactionId=bet["transactionId"])

    assert len(counted.send("credit", win)) <= MOVEMENT
    assert len(counted.send("rollback", counted.rollback_of(other["transactionId"]))) <= MOVEMENT
    assert play.transactions()[-1].amount == 100


def test_a_tombstone_costs_one_statement_more(counted: Counted) -> None:
    assert len(counted.send("rollback", counted.rollback_of(unique("unknown")))) <= MOVEMENT + 1


def test_a_refusal_costs_four_statements_and_commits_nothing(counted: Counted, play: Play) -> None:
    completed = counted.send("debit", play.movement(1_000_000))

    assert counted.answer is not None
    assert counted.answer.status == 402
    assert len(completed) <= NO_MOVEMENT, completed
    assert "COMMIT" not in completed


def test_a_balance_costs_one_statement(counted: Counted, play: Play) -> None:
    assert counted.send("getBalance", {"sessionToken": play.token}) == ["SELECT"]


@pytest.mark.parametrize("signature", ["missing", "malformed"])
def test_an_unsigned_request_costs_none(
    relayed: Server, relay: Relay, counted: Counted, signature: str
) -> None:
    headers = {} if signature == "missing" else {"x-casino-signature": "A" * 64}
    with relay.noting() as completed:
        assert relayed.post("/casino/debit", b"{}", headers).status == 401

    assert completed == []
