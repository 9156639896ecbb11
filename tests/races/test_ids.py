"""If another wallet takes an id between the look-up and the write, the id is looked up again.

A lock on one wallet does not stop another wallet; PostgreSQL's unique index does.
"""

import json
from typing import Any

import pytest

from casino.api.callbacks import views
from casino.ledger.operation import Receipt
from tests.casino_world import Answer, Play, make_play
from tests.factories import unique
from tests.servers import Server


class Meanwhile:
    """Makes the first answer of a kind wait until a request to another process is done."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, server: Server, name: str) -> None:
        self._server = server
        self._respond = getattr(views, name)
        self.request: tuple[Play, str, dict[str, Any]] | None = None
        self.answer: Answer | None = None
        monkeypatch.setattr(views, name, self)

    def __call__(self, receipt: Receipt[Any]) -> str:
        """Called when the decision is made and nothing is written yet."""
        if self.request is not None:
            (play, callback, fields), self.request = self.request, None
            self.answer = play.send(callback, fields, to=self._server)
        return str(self._respond(receipt))


def test_a_bet_whose_id_another_wallet_took_meanwhile_is_a_conflict(
    monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    mine = make_play()
    other = make_play(game=mine.session.game)
    sent = mine.movement(100)
    meanwhile = Meanwhile(monkeypatch, server, "movement_body")
    meanwhile.request = (other, "debit", {**sent, "sessionToken": other.token})

    answer = mine.send("debit", sent)

    assert meanwhile.answer is not None
    assert meanwhile.answer.status == 200
    assert (answer.status, answer.code) == (409, "TRANSACTION_CONFLICT")
    assert (mine.balances, other.balances) == ((100_000, 0), (99_900, 0))


def test_a_bet_whose_tombstone_came_meanwhile_is_rolled_back(
    monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    mine = make_play()
    other = make_play(game=mine.session.game)
    sent = mine.movement(100)
    meanwhile = Meanwhile(monkeypatch, server, "movement_body")
    meanwhile.request = (other, "rollback", rollback_of(other, sent["transactionId"]))

    answer = mine.send("debit", sent)

    assert meanwhile.answer is not None
    assert meanwhile.answer.body["tombstone"] is True
    assert (answer.status, answer.code) == (409, "TRANSACTION_ROLLED_BACK")
    assert (mine.balances, other.balances) == ((100_000, 0), (100_000, 0))


def test_a_tombstone_whose_bet_came_meanwhile_is_not_laid(
    monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    mine = make_play()
    other = make_play(game=mine.session.game)
    bet = other.movement(100)
    meanwhile = Meanwhile(monkeypatch, server, "reversal_body")
    meanwhile.request = (other, "debit", bet)

    answer = mine.send("rollback", rollback_of(mine, bet["transactionId"]))

    assert meanwhile.answer is not None
    assert meanwhile.answer.status == 200
    assert (answer.status, answer.code) == (409, "ROLLBACK_NOT_ALLOWED")
    assert (mine.balances, other.balances) == ((100_000, 0), (99_900, 0))


def rollback_of(play: Play, original: str) -> dict[str, Any]:
    return {
        "sessionToken": play.token,
        "transactionId": unique("rollback"),
        "originalTransactionId": original,
    }


def test_what_was_decided_twice_is_stored_as_it_is_answered(
    monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    """The answer of the second decision is stored and repeated."""
    mine = make_play()
    other = make_play(game=mine.session.game)
    never = unique("never-came")
    meanwhile = Meanwhile(monkeypatch, server, "reversal_body")
    meanwhile.request = (other, "rollback", rollback_of(other, never))
    sent = rollback_of(mine, never)

    first, again = mine.send("rollback", sent), mine.send("rollback", sent)

    assert (first.status, first.body["tombstone"], first.body["rolledBack"]) == (200, True, False)
    assert again.is_replay
    assert json.loads(again.raw) == first.body
    (stored,) = mine.transactions()
    assert (stored.transaction_type, str(stored.pk)) == (
        "REPEATED_ROLLBACK",
        first.body["casinoTransactionId"],
    )
