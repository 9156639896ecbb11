"""manage.py reconcile names every difference and repairs the safe ones, so that both agree."""

import json
from dataclasses import replace
from typing import Any

import pytest

from provider.models import Bet, BetStatus, GameRound
from tests.provider.misbehaviour import DROP_REPLY, DROP_REQUEST, refusal
from tests.provider.reconciliation.reconciling import (
    SCRIPT,
    agree,
    at_casino,
    name,
    played,
    reconcile,
)
from tests.provider.table import OPENING, Table, unique

__all__ = ["played"]  # a fixture is found by its name


# ---- agreement ----------------------------------------------------------------------------------
def test_what_was_played_agrees(played: Table) -> None:
    outcome = reconcile(played)

    assert outcome.status == 0
    assert outcome.casino["agrees"] is True
    assert (outcome.casino["compared"], outcome.casino["under_way"]) == (5, 0)
    expected = {"debits": 1800, "credits": 700, "rolled_back": 300, "net": -800}
    assert outcome.totals("journal") == outcome.totals("casino") == expected
    assert set(outcome.totals("difference").values()) == {0}
    assert played.balance == OPENING - 800


def test_nothing_at_all_agrees(table: Table) -> None:
    outcome = reconcile(table)
    assert (outcome.status, outcome.casino["compared"], outcome.rows) == (0, 0, [])


def test_what_was_refused_agrees(table: Table) -> None:
    """A refused bet is not in the casino's books, and a bet that was voided has its tombstone."""
    assert table.simulate(runId="r1", bets=[60_000, 60_000], wins=[1]).status == 200
    table.casino.misbehave("debit", *[DROP_REQUEST] * 4)
    assert table.simulate(runId="r2", bets=[100], wins=[1]).status == 200
    table.casino.misbehave("debit", *[DROP_REPLY] * 4)
    assert table.simulate(runId="r3", bets=[100], wins=[1]).status == 200

    assert [status for _, status in table.statuses("r1")] == ["VOIDED", "REFUSED", "ACCEPTED"]
    assert agree(table)
    # The reply to r3's bet was lost; the answer to its rollback tells that it was taken.
    assert reconcile(table).totals("journal")["debits"] == 60_000 + 100


def test_a_casino_that_is_disabled_is_compared(played: Table) -> None:
    casino = played.session.casino
    type(casino).objects.filter(pk=casino.pk).update(enabled=False)
    assert agree(played)


# ---- each difference ----------------------------------------------------------------------------
def test_a_payout_that_the_casino_lost_is_sent_again(played: Table) -> None:
    del played.casino.books[name(played, "win-1")]
    played.balance -= 700
    asked = len(played.casino.requests("credit"))

    outcome = reconcile(played)
    assert outcome.status == 1
    assert outcome.found == [("missing_at_casino", name(played, "win-1"))]
    row = outcome.row("missing_at_casino")
    assert (row["journal_status"], row["journal_amount"], row["casino_amount"]) == (
        "ACCEPTED",
        700,
        None,
    )
    assert outcome.totals("difference") == {
        "debits": 0,
        "credits": 700,
        "rolled_back": 0,
        "net": 700,
    }
    assert len(played.casino.requests("credit")) == asked  # nothing is repaired unasked

    mended = reconcile(played, "--repair")
    assert (mended.status, mended.row("missing_at_casino")["repaired"]) == (1, True)
    first, again = (played.casino.requests("credit")[n].raw for n in (0, -1))
    assert first == again
    assert played.balance == OPENING - 800
    assert agree(played)


def test_a_payout_that_the_casino_refuses_now_is_left(played: Table) -> None:
    del played.casino.books[name(played, "win-1")]
    played.casino.misbehave("credit", refusal(404, "BET_NOT_FOUND"))

    row = reconcile(played, "--repair").row("missing_at_casino")
    assert row["repaired"] is False
    assert "404 BET_NOT_FOUND" in row["repair_note"]
    assert reconcile(played).found == [("missing_at_casino", name(played, "win-1"))]


def test_a_bet_that_the_casino_lost_is_not_made_anew(played: Table) -> None:
    del played.casino.books[name(played, "bet-2")]

    for _ in range(2):
        outcome = reconcile(played, "--repair")
        assert outcome.found == [("missing_at_casino", name(played, "bet-2"))]
        assert outcome.row("missing_at_casino")["repaired"] is False
    assert name(played, "bet-2") not in played.casino.books


def test_a_rollback_that_the_casino_lost_is_sent_again(played: Table) -> None:
    bet = name(played, "bet-3")
    del played.casino.books[f"{bet}.rollback"]
    played.casino.rolled_back.discard(bet)
    played.balance -= 300

    found = [("missing_at_casino", f"{bet}.rollback"), ("not_rolled_back", bet)]
    assert reconcile(played).found == found
    mended = reconcile(played, "--repair")
    assert {row["repaired"] for row in mended.rows} == {True}
    assert played.balance == OPENING - 800
    assert agree(played)


def test_a_tombstone_that_the_casino_lost_is_laid_again(table: Table) -> None:
    table.casino.misbehave("debit", *[DROP_REQUEST] * 4)
    table.simulate(runId="r1", bets=[100], wins=[1])
    bet = name(table, "bet-1")
    table.casino.books.clear()
    table.casino.rolled_back.clear()

    found = [("missing_at_casino", bet), ("missing_at_casino", f"{bet}.rollback")]
    assert reconcile(table, "--repair").found == found
    assert table.casino.tombstones == {bet}
    assert agree(table)


def test_a_bet_that_stands_although_the_casino_says_it_rolled_it_back(played: Table) -> None:
    played.casino.rolled_back.discard(name(played, "bet-3"))

    outcome = reconcile(played, "--repair")
    assert outcome.found == [("not_rolled_back", name(played, "bet-3"))]
    assert outcome.rows[0]["repaired"] is False


def test_money_moved_in_our_name_is_told(played: Table) -> None:
    strange = {**json.loads(played.casino.requests("debit")[0].raw), "transactionId": unique("t")}
    assert played.casino.answer("/casino/debit", strange)[0] == 200

    outcome = reconcile(played, "--repair")
    assert outcome.found == [("missing_at_provider", strange["transactionId"])]
    row = outcome.row("missing_at_provider")
    assert (row["journal_amount"], row["casino_amount"], row["repaired"]) == (None, 1000, False)
    assert outcome.totals("difference")["debits"] == -1000
    assert not Bet.objects.filter(transaction_id=strange["transactionId"]).exists()


def test_another_amount_is_left_to_people(played: Table) -> None:
    win = at_casino(played, "win-1")
    played.casino.books[name(played, "win-1")] = replace(win, answer={**win.answer, "amount": 7000})
    before = len(played.casino.requests("credit"))

    outcome = reconcile(played, "--repair")
    assert outcome.found == [("amount_differs", name(played, "win-1"))]
    row = outcome.rows[0]
    assert (row["journal_amount"], row["casino_amount"], row["repaired"]) == (700, 7000, False)
    assert outcome.totals("difference")["net"] == -6300
    assert len(played.casino.requests("credit")) == before


@pytest.mark.parametrize(
    ("rest", "field", "value"),
    [
        ("bet-1", "kind", "CREDIT"),
        ("bet-1", "playerId", "somebody else"),
        ("bet-1", "currency", "USD"),
        ("bet-1", "roundId", "another"),
        ("win-1", "relatedTransactionId", "another"),
        ("bet-3.rollback", "originalTransactionId", "another"),
    ],
)
def test_other_content_is_left_to_people(played: Table, rest: str, field: str, value: str) -> None:
    meant = name(played, rest)  # not in the casino's thread: that gives no connection back

    def changed(page: dict[str, Any]) -> dict[str, Any]:
        rows = [
            {**row, field: value} if row["transactionId"] == meant else row
            for row in page["transactions"]
        ]
        return {**page, "transactions": rows}

    played.casino.shown = changed
    outcome = reconcile(played, "--repair")
    assert (outcome.status, outcome.found[0]) == (1, ("content_differs", name(played, rest)))
    assert len(outcome.rows) == 1
    assert value in outcome.rows[0]["detail"]
    assert outcome.rows[0]["repaired"] is False


def test_a_bet_that_somebody_else_rolled_back_is_told(played: Table) -> None:
    played.casino.rolled_back.add(name(played, "bet-1"))

    outcome = reconcile(played, "--repair")
    assert outcome.found == [("rolled_back_at_casino", name(played, "bet-1"))]
    assert outcome.rows[0]["repaired"] is False


def test_a_round_that_nobody_plays_is_told(played: Table) -> None:
    """Its run is over; only a person can find out what keeps it open."""
    GameRound.objects.filter(session=played.session, status="SETTLED").update(status="OPEN")

    outcome = reconcile(played, "--repair")
    assert outcome.found == [("open_round", "")]
    row = outcome.rows[0]
    assert (row["round_id"], row["journal_amount"]) == (name(played, "round-1"), 1500)
    assert row["repaired"] is False


def test_a_bet_that_stands_in_a_run_that_is_over_is_given_back(played: Table) -> None:
    """This happens if an answer comes late: the bet is accepted after its run has ended."""
    bet, rollback = name(played, "bet-3"), name(played, "bet-3.rollback")
    row = Bet.objects.get(transaction_id=rollback)
    row.attempts.all().delete()
    row.delete()
    Bet.objects.filter(transaction_id=bet).update(status=BetStatus.ACCEPTED)
    GameRound.objects.filter(bets_made__transaction_id=bet).update(status="OPEN")
    del played.casino.books[rollback]
    played.casino.rolled_back.discard(bet)
    played.balance -= 300

    assert reconcile(played).found == [("open_round", "")]
    assert reconcile(played, "--repair").rows[0]["repaired"] is True
    assert played.balance == OPENING - 800
    assert agree(played)


def test_a_silent_casino_is_left_to_be_mended_again(table: Table) -> None:
    table.casino.misbehave("credit", *[DROP_REPLY] * 4)
    table.simulate(**SCRIPT)
    table.casino.misbehave("credit", *[DROP_REQUEST] * 20)

    mended = reconcile(table, "--repair")
    assert {row["repaired"] for row in mended.rows} == {False}
    assert "the casino gives no decision" in mended.row("reply_lost")["repair_note"]
    table.casino.behave()
    reconcile(table, "--repair")
    assert agree(table)
