"""Bets taken although refused, and tombstones: repaired if that is safe, otherwise reported."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from provider.models import Bet, BetStatus
from provider.runs.spin import SpinRefused, spin
from tests.provider.misbehaviour import BUSY, DROP_REPLY, DROP_REQUEST, refusal
from tests.provider.reconciliation.reconciling import (
    agree,
    at_casino,
    name,
    played,
    reconcile,
)
from tests.provider.table import OPENING, Table, unique

__all__ = ["played"]  # a fixture is found by its name


def refused_and_taken(table: Table, play: Callable[[], Any]) -> str:
    """Our bet is refused, but a late copy of the same request is accepted after all."""
    table.casino.misbehave("debit", refusal(402, "INSUFFICIENT_FUNDS", balance=0))
    play()
    late = json.loads(table.casino.requests("debit")[-1].raw)
    assert table.casino.answer("/casino/debit", late)[0] == 200
    bet = Bet.objects.get(session=table.session, bet_type="DEBIT")
    assert (bet.status, bet.run.status, bet.round.status) == ("REFUSED", "FINISHED", "VOID")
    return str(bet.transaction_id)


def spin_refused(table: Table) -> None:
    with pytest.raises(SpinRefused):
        spin(session=table.session, spin_id="s1", stake_minor=1000)


@pytest.mark.parametrize(
    "play",
    [spin_refused, lambda table: table.simulate(runId="r1", bets=[1000], wins=[1])],
    ids=["spin", "simulation"],
)
def test_a_bet_taken_although_refused_is_learnt_of_and_given_back(
    table: Table, play: Callable[[Table], Any]
) -> None:
    bet_id = refused_and_taken(table, lambda: play(table))
    assert table.balance == OPENING - 1000

    outcome = reconcile(table)
    assert outcome.found == [("taken_although_refused", bet_id)]
    assert outcome.totals("difference")["debits"] == -1000
    mended = reconcile(table, "--repair")
    assert mended.row("taken_although_refused")["repaired"] is True

    bet = Bet.objects.get(transaction_id=bet_id)
    assert (bet.status, bet.http_status, bet.round.status) == ("VOIDED", 200, "VOID")
    assert (bet.run.status, bet.run.outcome) == ("FINISHED", "refused")
    assert table.casino.moved("rollback") == [f"{bet_id}.rollback"]
    assert table.balance == OPENING
    assert agree(table)


def test_a_bet_that_is_gone_again_when_it_is_asked_for_is_left(table: Table) -> None:
    """The casino does not repeat its acceptance, so the provider learns nothing."""
    bet_id = refused_and_taken(table, lambda: table.simulate(runId="r1", bets=[1000], wins=[1]))
    table.casino.misbehave("debit", refusal(402, "INSUFFICIENT_FUNDS", balance=0))

    row = reconcile(table, "--repair").row("taken_although_refused")
    assert row["repaired"] is False
    assert Bet.objects.get(transaction_id=bet_id).status == "REFUSED"


def test_a_payout_taken_although_refused_is_learnt_of(table: Table) -> None:
    """The casino refused it, so we asked for a rollback of the bet, which it did not carry out."""
    table.casino.misbehave("credit", refusal(409, "TRANSACTION_CONFLICT"))
    table.simulate(runId="r1", bets=[1000], wins=[500])
    bet, win = name(table, "bet-1"), name(table, "win-1")
    late = json.loads(table.casino.requests("credit")[-1].raw)
    table.casino.rolled_back.discard(bet)
    del table.casino.books[f"{bet}.rollback"]
    assert table.casino.answer("/casino/credit", late)[0] == 200

    assert ("taken_although_refused", win) in reconcile(table, "--repair").found
    assert Bet.objects.get(transaction_id=win).status == "ACCEPTED"


def lay_tombstone(table: Table, bet_id: str) -> str:
    """Roll a bet back by hand, in our name."""
    rollback = {
        "sessionToken": table.session.session_token,
        "transactionId": unique("by-hand"),
        "originalTransactionId": bet_id,
        "roundId": unique("round"),
    }
    assert table.casino.answer("/casino/rollback", rollback)[0] == 200
    return rollback["transactionId"]


def test_a_tombstone_for_a_bet_that_nobody_made_is_told(played: Table) -> None:
    by_hand = lay_tombstone(played, "never made")

    outcome = reconcile(played, "--repair")
    assert outcome.found == [
        ("missing_at_provider", by_hand),
        ("tombstone_without_bet", "never made"),
    ]
    assert set(outcome.totals("difference").values()) == {0}
    assert {row["repaired"] for row in outcome.rows} == {False}


def test_a_tombstone_for_a_bet_that_stands_here_is_told(played: Table) -> None:
    bet = name(played, "bet-2")
    del played.casino.books[bet]
    lay_tombstone(played, bet)

    outcome = reconcile(played)
    assert ("tombstone_without_bet", bet) in outcome.found
    assert outcome.row("tombstone_without_bet")["journal_amount"] == 500
    assert outcome.totals("difference")["debits"] == 500


def test_a_late_bet_that_met_its_tombstone_is_no_break(table: Table) -> None:
    """Only the rollback by hand is a break; the bet and its tombstone agree."""
    table.casino.on_request = lambda path, body: (
        lay_tombstone(table, body["transactionId"]) and None if path.endswith("debit") else None
    )
    table.simulate(runId="r1", bets=[100], wins=[1])
    assert table.statuses("r1") == [("DEBIT", "REFUSED")]

    outcome = reconcile(table)
    assert outcome.types == ["late_bet_refused", "missing_at_provider"]
    assert outcome.row("late_bet_refused")["severity"] == "told"
    assert outcome.row("late_bet_refused")["transaction_id"] == name(table, "bet-1")

    def without_rollbacks(page: dict[str, Any]) -> dict[str, Any]:
        kept = [row for row in page["transactions"] if row["kind"] != "ROLLBACK"]
        return {**page, "transactions": kept}

    table.casino.shown = without_rollbacks
    outcome = reconcile(table)
    assert (outcome.status, outcome.types) == (0, ["late_bet_refused"])


def test_a_lost_reply_about_another_amount_is_left_to_people(table: Table) -> None:
    """We have no answer to our payout, and the casino has another payout under its id."""
    table.casino.misbehave("credit", *[DROP_REPLY] * 4)
    table.simulate(runId="r1", bets=[1000], wins=[700])
    win = name(table, "win-1")
    booked = at_casino(table, "win-1")
    table.casino.books[win] = replace(booked, answer={**booked.answer, "amount": 7000})

    outcome = reconcile(table, "--repair")
    assert [kind for kind, id_ in outcome.found if id_ == win] == ["amount_differs", "reply_lost"]
    assert outcome.row("reply_lost")["repaired"] is False
    assert outcome.row("reply_lost")["repair_note"] == (
        "the two sides have different things under this id"
    )
    assert ("amount_differs", win) in reconcile(table).found


def test_a_payout_that_a_busy_casino_has_lost_stays_owed(played: Table) -> None:
    win = name(played, "win-1")
    del played.casino.books[win]
    played.casino.misbehave("credit", *[BUSY] * 20)
    row = reconcile(played, "--repair").row("missing_at_casino")
    assert (row["repaired"], row["repair_note"]) == (
        False,
        "the casino gives no decision at the moment",
    )
    played.casino.behave()
    assert reconcile(played, "--repair").row("missing_at_casino")["repaired"] is True
    assert win in played.casino.books


def test_a_rollback_that_the_casino_refused_is_not_asked_for_again(played: Table) -> None:
    bet, rollback = name(played, "bet-3"), name(played, "bet-3.rollback")
    Bet.objects.filter(transaction_id=rollback).update(status=BetStatus.REFUSED)
    del played.casino.books[rollback]
    played.casino.rolled_back.discard(bet)
    asked = len(played.casino.requests("rollback"))

    outcome = reconcile(played, "--repair")
    assert outcome.found == [("not_rolled_back", bet)]
    assert outcome.rows[0]["repair_note"] == "the casino refused its rollback"
    assert len(played.casino.requests("rollback")) == asked


def test_a_bet_in_doubt_whose_rollback_is_refused_waits_for_a_person(table: Table) -> None:
    table.casino.misbehave("debit", *[DROP_REPLY] * 4)
    table.casino.misbehave("rollback", *[DROP_REQUEST] * 4)
    table.simulate(runId="r1", bets=[1000], wins=[1])
    bet = name(table, "bet-1")
    table.casino.behave()
    table.casino.misbehave("rollback", refusal(409, "TRANSACTION_CONFLICT"))

    row = reconcile(table, "--repair").row("reply_lost")
    assert (row["transaction_id"], row["repaired"], row["repair_note"]) == (
        bet, False, "its run was played to its end; it is still voiding",
    )  # fmt: skip
    assert Bet.objects.get(transaction_id=bet).status == "VOIDING"
