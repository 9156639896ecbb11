"""manage.py reconcile: every difference is named, what is safe is mended, and then both agree."""

import csv
import json
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections, router
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from provider.models import Bet, BetStatus, Casino, GameRound, Run
from provider.reconciliation import entries, feed, walk
from provider.reconciliation.entries import Entry
from provider.reconciliation.feed import Record
from provider.reconciliation.report import COLUMNS
from provider.reconciliation.walk import Walk, Window
from provider.script import CasinoSilent
from provider.spin import SpinRefused, spin
from tests.provider.fake_casino import (
    BUSY,
    DROP_REPLY,
    DROP_REQUEST,
    GARBAGE,
    Booked,
    FakeCasino,
    refusal,
    slow,
)
from tests.provider.world import OPENING, Table, lay_table, unique

SCRIPT: dict[str, Any] = {"runId": "r1", "bets": [1000, 500], "wins": [700], "rollbackBet": 300}
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Outcome:
    """What the command said."""

    status: int
    report: dict[str, Any]

    @property
    def casino(self) -> dict[str, Any]:
        [only] = self.report["casinos"]
        return dict(only)

    @property
    def found(self) -> list[tuple[str, str]]:
        """Type and id, sorted."""
        return sorted((row["type"], row["transaction_id"] or "") for row in self.rows)

    @property
    def types(self) -> list[str]:
        return sorted({row["type"] for row in self.rows})

    @property
    def rows(self) -> list[dict[str, Any]]:
        return list(self.casino["differences"])

    def row(self, kind: str) -> dict[str, Any]:
        [only] = [row for row in self.rows if row["type"] == kind]
        return only

    def totals(self, side: str) -> dict[str, int]:
        return dict(self.casino["totals"]["EUR"][side])


def told(*arguments: str) -> tuple[int, str]:
    """Exit status and standard output."""
    out = StringIO()
    try:
        call_command("reconcile", *arguments, stdout=out)
    except SystemExit as ended:
        return int(str(ended.code)), out.getvalue()
    except CommandError as error:
        return error.returncode, out.getvalue()
    return 0, out.getvalue()


def reconcile(table: Table, *arguments: str, grace_seconds: float = 0) -> Outcome:
    code = table.session.casino.code
    options = ["--casino", code, "--grace-seconds", str(grace_seconds), "--json", "-"]
    status, out = told(*options, *arguments)
    return Outcome(status, json.loads(out))


def agree(table: Table) -> bool:
    outcome = reconcile(table)
    assert outcome.rows == []
    assert outcome.totals("journal") == outcome.totals("casino")
    return outcome.status == 0 and outcome.casino["agrees"] is True


@pytest.fixture
def played(table: Table) -> Table:
    """Two bets, a payout, and a bet that was rolled back."""
    assert table.simulate(**SCRIPT).body["consistent"] is True
    return table


def name(table: Table, rest: str) -> str:
    return table.name("r1", rest)


def at_casino(table: Table, rest: str) -> Booked:
    return table.casino.books[name(table, rest)]


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
    """A refused bet is in no casino's books, and one that recovery voided has its tombstone."""
    assert table.simulate(runId="r1", bets=[60_000, 60_000], wins=[1]).status == 200
    table.casino.misbehave("debit", *[DROP_REQUEST] * 4)
    assert table.simulate(runId="r2", bets=[100], wins=[1]).status == 200
    table.casino.misbehave("debit", *[DROP_REPLY] * 4)
    assert table.simulate(runId="r3", bets=[100], wins=[1]).status == 200

    assert [status for _, status in table.statuses("r1")] == ["VOIDED", "REFUSED", "ACCEPTED"]
    assert agree(table)
    # The reply to r3's bet was lost; what its rollback was answered tells that it was taken.
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
    assert len(played.casino.requests("credit")) == asked  # nothing is mended unasked

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


def test_a_payout_whose_reply_was_lost_is_learnt_of(table: Table) -> None:
    table.casino.misbehave("credit", *[DROP_REPLY] * 4)
    assert table.simulate(**SCRIPT).status == 502

    outcome = reconcile(table)
    assert outcome.found == [("open_round", ""), ("reply_lost", name(table, "win-1"))]
    assert outcome.totals("difference")["credits"] == -700
    assert outcome.row("open_round")["journal_amount"] == 1500
    mended = reconcile(table, "--repair")
    assert {row["repaired"] for row in mended.rows} == {True}
    assert table.run("r1").outcome == "completed"
    assert table.balance == OPENING - 800
    assert len({asked.raw for asked in table.casino.requests("credit")}) == 1
    assert agree(table)


def test_a_stake_whose_reply_was_lost_is_given_back_once_its_rollback_was_begun(
    table: Table,
) -> None:
    table.casino.misbehave("debit", *[DROP_REPLY] * 4)
    table.casino.misbehave("rollback", *[DROP_REQUEST] * 4)
    with pytest.raises(CasinoSilent):
        spin(table.session, "s1", 1000)
    [bet, rollback] = Bet.objects.filter(session=table.session).order_by("pk")
    assert (bet.status, rollback.status) == ("VOIDING", "UNKNOWN")

    assert reconcile(table).found == [
        ("open_round", ""),
        ("reply_lost", bet.transaction_id),
        ("undecided", rollback.transaction_id),
    ]
    reconcile(table, "--repair")
    bet.refresh_from_db()
    assert (bet.status, table.balance) == ("VOIDED", OPENING)
    assert agree(table)


def test_a_stake_whose_process_died_is_learnt_of_and_the_spin_is_paid(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The casino has the stake and the draw was made: it is no spin behind the player's back."""

    class Killed(BaseException):
        pass

    def die(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("provider.journal.record", die)
        with pytest.raises(Killed):
            spin(table.session, "s1", 1000)
    [bet] = Bet.objects.filter(session=table.session)
    assert (bet.status, table.balance) == ("PENDING", OPENING - 1000)

    mended = reconcile(table, "--repair")
    assert ("reply_lost", bet.transaction_id) in mended.found
    assert {row["repaired"] for row in mended.rows} == {True}
    [stake, win] = Bet.objects.filter(session=table.session).order_by("pk")
    assert (stake.status, win.status) == ("ACCEPTED", "ACCEPTED")
    assert table.balance == OPENING - 1000 + win.amount
    assert agree(table)


def test_a_payout_that_never_arrived_is_paid(table: Table) -> None:
    table.casino.misbehave("credit", *[DROP_REQUEST] * 4)
    assert table.simulate(**SCRIPT).status == 502

    outcome = reconcile(table)
    assert outcome.found == [("open_round", ""), ("undecided", name(table, "win-1"))]
    assert set(outcome.totals("difference").values()) == {0}
    assert reconcile(table, "--repair").status == 1
    assert table.balance == OPENING - 800
    assert agree(table)


def test_what_somebody_plays_now_is_left_out(table: Table) -> None:
    table.casino.misbehave("credit", *[DROP_REPLY] * 4)
    table.simulate(**SCRIPT)
    soon = (datetime.now(UTC) + timedelta(seconds=5)).isoformat()

    outcome = reconcile(table, "--to", soon, "--repair", grace_seconds=60)
    assert (outcome.status, outcome.rows) == (0, [])
    assert (outcome.casino["compared"], outcome.casino["under_way"]) == (0, 3)
    assert len(table.casino.requests("credit")) == 4


def refused_and_taken(table: Table, play: Callable[[], Any]) -> str:
    """The bet is refused to us; a copy of the request that was late is accepted after all."""
    table.casino.misbehave("debit", refusal(402, "INSUFFICIENT_FUNDS", balance=0))
    play()
    late = json.loads(table.casino.requests("debit")[-1].raw)
    assert table.casino.answer("/casino/debit", late)[0] == 200
    bet = Bet.objects.get(session=table.session, kind="DEBIT")
    assert (bet.status, bet.run.status, bet.round.status) == ("REFUSED", "FINISHED", "VOID")
    return str(bet.transaction_id)


def spin_refused(table: Table) -> None:
    with pytest.raises(SpinRefused):
        spin(table.session, "s1", 1000)


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
    """The casino repeats nothing, and so nothing is learnt."""
    bet_id = refused_and_taken(table, lambda: table.simulate(runId="r1", bets=[1000], wins=[1]))
    table.casino.misbehave("debit", refusal(402, "INSUFFICIENT_FUNDS", balance=0))

    row = reconcile(table, "--repair").row("taken_although_refused")
    assert row["repaired"] is False
    assert Bet.objects.get(transaction_id=bet_id).status == "REFUSED"


def test_a_payout_taken_although_refused_is_learnt_of(table: Table) -> None:
    """The casino refused it, whereupon we rolled the bets back; one of them it would not."""
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
    """Somebody rolls a bet back in our name."""
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
    """The rollback by hand is one; the bet and its tombstone agree."""
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


def test_a_bet_that_somebody_else_rolled_back_is_told(played: Table) -> None:
    played.casino.rolled_back.add(name(played, "bet-1"))

    outcome = reconcile(played, "--repair")
    assert outcome.found == [("rolled_back_at_casino", name(played, "bet-1"))]
    assert outcome.rows[0]["repaired"] is False


def test_a_round_that_nobody_plays_is_told(played: Table) -> None:
    """Its run is over; what keeps it open nobody but a person can say."""
    GameRound.objects.filter(session=played.session, status="SETTLED").update(status="OPEN")

    outcome = reconcile(played, "--repair")
    assert outcome.found == [("open_round", "")]
    row = outcome.rows[0]
    assert (row["round_id"], row["journal_amount"]) == (name(played, "round-1"), 1500)
    assert row["repaired"] is False


def test_a_bet_that_stands_in_a_run_that_is_over_is_given_back(played: Table) -> None:
    """As after a late answer: accepted, and its run had ended before."""
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
    assert "the casino decides nothing" in mended.row("reply_lost")["repair_note"]
    table.casino._faults.clear()
    reconcile(table, "--repair")
    assert agree(table)


# ---- windows, pages, clocks ---------------------------------------------------------------------
@pytest.mark.parametrize(
    ("page_size", "remembered"), [(1, 0), (1, 20_000), (2, 2), (4, 0), (5, 1), (500, 20_000)]
)
def test_pages_and_memory_of_any_size_find_the_same(
    table: Table, monkeypatch: pytest.MonkeyPatch, page_size: int, remembered: int
) -> None:
    monkeypatch.setattr(feed, "PAGE_SIZE", page_size)
    monkeypatch.setattr(feed, "MOST_NAMED", page_size)
    monkeypatch.setattr(entries, "CHUNK", page_size)
    monkeypatch.setattr(walk, "MOST_REMEMBERED", remembered)
    monkeypatch.setattr(walk, "BEHIND", timedelta(0))
    for number in range(2):
        table.simulate(**{**SCRIPT, "runId": f"r{number}"})
    lost = [table.name("r0", "win-1"), table.name("r1", "bet-1")]
    for each in lost:
        del table.casino.books[each]

    outcome = reconcile(table)
    assert outcome.found == sorted(("missing_at_casino", each) for each in lost)
    assert outcome.casino["compared"] == 10
    assert outcome.totals("journal")["debits"] == 2 * 1800
    assert outcome.totals("difference") == {
        "debits": 1000,
        "credits": 700,
        "rolled_back": 0,
        "net": -300,
    }


@pytest.mark.parametrize("hours", [-30, -2, 2, 30])
def test_clocks_may_differ(played: Table, hours: int) -> None:
    """Whichever half of a pair lies in the window, it is compared, once."""
    for booked in list(played.casino.books):
        row = played.casino.books[booked]
        played.casino.books[booked] = replace(row, at=row.at + timedelta(hours=hours))

    outcome = reconcile(played)
    assert (outcome.status, outcome.casino["compared"]) == (0, 5)
    moved = datetime.now(UTC) + timedelta(hours=hours)
    span = [(moved + part).isoformat() for part in (-timedelta(hours=1), timedelta(hours=1))]
    outcome = reconcile(played, "--from", span[0], "--to", span[1])
    assert (outcome.status, outcome.casino["compared"]) == (0, 5)


def test_the_edge_of_a_window_cuts_nothing_in_two(played: Table) -> None:
    """A journal's row is made before the casino's: windows that meet count each pair at least
    once, and find nothing that is not there."""
    booked = sorted(row.at for row in played.casino.books.values())
    for edge in (booked[1], booked[2] - timedelta(microseconds=1)):
        before = reconcile(played, "--to", edge.isoformat())
        after = reconcile(played, "--from", edge.isoformat())
        assert (before.status, after.status) == (0, 0)
        assert before.casino["compared"] + after.casino["compared"] >= 5


def test_what_changed_between_two_looks_is_no_difference(played: Table) -> None:
    """The page was read while the casino was still at it."""

    def as_it_was(page: dict[str, Any]) -> dict[str, Any]:
        by_window = json.loads(played.casino.requests("transactions")[-1].raw).get("from")
        rows = [{**row, "rolledBack": False} for row in page["transactions"]]
        return {**page, "transactions": rows} if by_window else page

    played.casino.shown = as_it_was
    assert agree(played)
    assert len(played.casino.requests("transactions")) == 2  # the page, and what was doubtful on it


def test_a_page_costs_a_query_however_much_is_on_it(table: Table) -> None:
    def queries() -> int:
        using = connections[router.db_for_read(Bet)]
        with CaptureQueriesContext(using) as captured:
            assert reconcile(table).status == 0
        return len(captured)

    table.simulate(**SCRIPT)
    few = queries()
    for number in range(3):
        table.simulate(**{**SCRIPT, "runId": f"more-{number}"})
    assert queries() == few < 10


def test_millions_would_be_read_in_no_more_memory(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five times as many rows, made up as they are asked for, take no more of it."""
    monkeypatch.setattr(walk, "MOST_REMEMBERED", 400)
    monkeypatch.setattr(feed, "MOST_NAMED", 50)
    few, many = (peak_bytes(table, monkeypatch, rows) for rows in (2_000, 10_000))
    assert many < 1.3 * few


def peak_bytes(table: Table, monkeypatch: pytest.MonkeyPatch, rows: int) -> int:
    """While so many entries are compared; every tenth is missing at the casino."""
    begin = datetime(2026, 1, 1, tzinfo=UTC)

    def entry(number: int) -> Entry:
        return Entry(
            number, f"t-{number}", "DEBIT", "ACCEPTED", 1, "round", "player", "EUR", None, 200,
            {"balance": 1}, None, None, 1, "run", "FINISHED", begin,
            begin + timedelta(seconds=number),
        )  # fmt: skip

    def record(number: int) -> Record:
        return Record(
            f"t-{number}", "c", "DEBIT", "player", "round", 1, "EUR", 1, False, False,
            begin + timedelta(seconds=number),
        )  # fmt: skip

    def pages(*_: Any) -> Iterator[list[Record]]:
        for first in range(0, rows, 100):
            yield [record(number) for number in range(first, first + 100) if number % 10]

    monkeypatch.setattr(feed, "pages", pages)
    monkeypatch.setattr(feed, "named", lambda *_: {})
    monkeypatch.setattr(entries, "named", lambda _, ids: {x: entry(int(x[2:])) for x in ids})
    monkeypatch.setattr(entries, "made_between", lambda *_: map(entry, range(rows)))
    walking = Walk(table.session.casino, Window(begin, begin + DAY * 99, begin))
    tracemalloc.start()
    found = sum(1 for _ in walking.differences())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (found, walking.tally.compared) == (rows // 10, rows)
    return peak


def test_ids_are_asked_for_in_bodies_that_a_casino_takes(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    """500 ids of 128 characters of four bytes each would be too large."""
    ids = ["😀" * 120 + str(number) for number in range(700)]
    assert feed.named(table.session.casino, ids) == {}

    asked = table.casino.requests("transactions")
    assert [each for one in asked for each in one.body["transactionIds"]] == ids
    assert max(len(one.raw) for one in asked) < 60_000
    assert feed.named(table.session.casino, []) == {}


# ---- a casino that cannot be compared -----------------------------------------------------------
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (DROP_REQUEST, "Unreachable|ConnectionError|transactions"),
        (GARBAGE, "not a JSON object"),
        (BUSY, "would not hear us"),
        (slow(0.6), "transactions"),
        (refusal(404, "NOT_FOUND"), "404 NOT_FOUND"),
    ],
    ids=["cut", "garbage", "busy", "slow", "not there"],
)
def test_a_casino_that_shows_nothing_is_not_compared(played: Table, fault: Any, said: str) -> None:
    played.casino.misbehave("transactions", *[fault] * 4)

    outcome = reconcile(played)
    assert (outcome.status, outcome.casino["agrees"]) == (2, False)
    assert any(part in outcome.casino["fault"] for part in said.split("|"))


def test_a_wrong_secret_is_said(played: Table) -> None:
    casino = played.session.casino
    casino.casino_secret = "another"
    casino.save()
    assert "401 INVALID_SIGNATURE" in reconcile(played).casino["fault"]


def test_a_fault_that_passes_is_ridden_out(played: Table) -> None:
    played.casino.misbehave("transactions", DROP_REQUEST, BUSY, GARBAGE)
    assert agree(played)


@pytest.mark.parametrize(
    "row", [{}, {"amount": -1}, {"amount": "5"}, {"kind": "GIFT"}, {"createdAt": "yesterday"}]
)
def test_books_that_cannot_be_read_are_not_compared(played: Table, row: dict[str, Any]) -> None:
    def spoilt(page: dict[str, Any]) -> dict[str, Any]:
        first, *others = page["transactions"]
        return {**page, "transactions": [{**first, **row} if row else {}, *others]}

    played.casino.shown = spoilt
    assert reconcile(played).status == 2


def test_a_feed_without_end_is_left(played: Table) -> None:
    played.casino.shown = lambda page: {**page, "next": "1"}
    outcome = reconcile(played)
    assert (outcome.status, outcome.casino["fault"]) == (2, "its feed does not come to an end")


def test_a_casino_that_falls_silent_half_way_leaves_what_was_found(
    played: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "PAGE_SIZE", 2)
    strange = {**json.loads(played.casino.requests("debit")[0].raw), "transactionId": unique("t")}
    row = at_casino(played, "bet-1")
    played.casino.books[strange["transactionId"]] = replace(row, content=strange)

    def fall_silent(path: str, body: dict[str, Any]) -> None:
        if "after" in body:
            played.casino.misbehave("transactions", *[DROP_REQUEST] * 4)

    played.casino.on_request = fall_silent
    outcome = reconcile(played)
    assert (outcome.status, bool(outcome.casino["fault"])) == (2, True)
    assert outcome.found == [("missing_at_provider", strange["transactionId"])]


def test_each_casino_is_compared_by_itself(
    casino: FakeCasino, tmp_path: Path, settings: Settings
) -> None:
    """One is silent; the others are compared."""
    tables = [lay_table(casino), lay_table(casino)]
    for table in tables:
        table.simulate(**SCRIPT)
    # Other tests' casinos are gone, too.
    Casino.objects.exclude(pk=tables[0].session.casino_id).update(base_url="")
    settings.CASINO_URL = "http://127.0.0.1:9"
    settings.PROVIDER_CALL_ATTEMPTS = 1
    file = tmp_path / "report.json"
    player_id = tables[0].session.customer.player_id
    casino.shown = lambda page: {
        **page,
        "transactions": [row for row in page["transactions"] if row["playerId"] == player_id],
    }
    status, _ = told("--grace-seconds", "0", "--json", str(file))

    assert status == 2
    results = {one["casino"]: one for one in json.loads(file.read_text())["casinos"]}
    assert len(results) == Casino.objects.count()
    spoken, silent = (results[table.session.casino.code] for table in tables)
    assert (spoken["agrees"], spoken["compared"]) == (True, 5)
    assert "127.0.0.1:9/casino/transactions" in silent["fault"]


# ---- the command --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "arguments",
    [
        ["--casino", "nobody"],
        ["--from", "2026-11-21T00:00:00Z", "--to", "2026-11-21T00:00:00Z"],
        ["--json", "-", "--csv", "-"],
        ["--json", "/nowhere/report.json"],
    ],
)
def test_bad_arguments_are_no_comparison(played: Table, arguments: list[str]) -> None:
    assert told("--casino", played.session.casino.code, *arguments)[0] == 2


@pytest.mark.parametrize("moment", ["yesterday", "2026-13-21", "2026-11-21T00:00:00"])
def test_a_time_that_is_none_is_said(moment: str) -> None:
    """The command line's parser says it, and ends with 2 where it is run as a command."""
    for option in ("--from", "--to"):
        with pytest.raises(CommandError, match=f"argument {option}: must be a date and time"):
            call_command("reconcile", option, moment)


def test_a_date_is_its_midnight(played: Table) -> None:
    today = datetime.now(UTC).date()
    span = ["--from", f"{today - timedelta(days=1)}", "--to", f"{today + timedelta(days=1)}"]
    outcome = reconcile(played, *span)
    assert (outcome.status, outcome.casino["compared"]) == (0, 5)
    assert reconcile(played, "--to", str(today - timedelta(days=1))).casino["compared"] == 0


def test_the_table_is_for_people(played: Table) -> None:
    del played.casino.books[name(played, "win-1")]
    status, out = told("--casino", played.session.casino.code, "--grace-seconds", "0")

    assert status == 1
    lines = [line.strip() for line in out.splitlines()]
    assert lines[0].startswith(played.session.casino.code)
    assert "5 transactions compared" in lines
    assert [line.split() for line in lines if line.startswith("EUR")] == [
        ["EUR", "debits", "1,800", "1,800", "0"],
        ["EUR", "credits", "700", "0", "700"],
        ["EUR", "rolled", "back", "300", "300", "0"],
        ["EUR", "net", "-800", "-1,500", "700"],
    ]
    assert "1  missing_at_casino" in lines
    assert f"missing_at_casino  {name(played, 'win-1')}" in lines
    assert any(line.startswith("→ ") and "--repair" in line for line in lines)


def test_files_have_what_the_table_has(played: Table, tmp_path: Path) -> None:
    del played.casino.books[name(played, "win-1")]
    files = {form: tmp_path / f"report.{form}" for form in ("json", "csv")}
    status, out = told(
        *("--casino", played.session.casino.code, "--grace-seconds", "0"),
        *(argument for form, file in files.items() for argument in (f"--{form}", str(file))),
    )
    assert (status, "missing_at_casino" in out) == (1, True)

    [result] = json.loads(files["json"].read_text())["casinos"]
    assert result["counts"]["missing_at_casino"] == sum(result["counts"].values()) == 1
    [row] = result["differences"]
    assert tuple(row) == COLUMNS
    [line] = csv.DictReader(StringIO(files["csv"].read_text()))
    assert line == {key: "" if value is None else str(value) for key, value in row.items()}
    assert row["repaired"] is None


def test_no_session_token_is_written(played: Table) -> None:
    del played.casino.books[name(played, "win-1")]
    outcome = reconcile(played)
    assert played.session.session_token not in json.dumps(outcome.report)
    assert Run.objects.filter(session=played.session).exists()
