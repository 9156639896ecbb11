"""manage.py reconcile: windows, pages and clocks, and a casino that cannot be compared."""

import itertools
import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections, router
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from config.backoffice.models import CheckRun
from provider.models import Bet, Casino
from provider.reconciliation import entries, feed, walk
from provider.reconciliation.entries import Entry
from provider.reconciliation.feed import Record
from provider.reconciliation.walk import Walk, Window
from tests.provider.fake_casino import FakeCasino
from tests.provider.misbehaviour import BUSY, DROP_REQUEST, GARBAGE, refusal, slow
from tests.provider.reconciliation.reconciling import (
    DAY,
    SCRIPT,
    agree,
    at_casino,
    played,
    reconcile,
    told,
)
from tests.provider.table import Table, lay_table, unique

__all__ = ["played"]  # a fixture is found by its name


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
    """A pair is compared once, whichever of its halves lies in the window."""
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
    """A journal's row is made before the casino's: two adjacent windows count each pair at least
    once, and report no difference."""
    booked = sorted(row.at for row in played.casino.books.values())
    for edge in (booked[1], booked[2] - timedelta(microseconds=1)):
        before = reconcile(played, "--to", edge.isoformat())
        after = reconcile(played, "--from", edge.isoformat())
        assert (before.status, after.status) == (0, 0)
        assert before.casino["compared"] + after.casino["compared"] >= 5


def test_what_changed_between_two_looks_is_no_difference(played: Table) -> None:
    """The page was read while the casino was still rolling bets back."""

    def as_it_was(page: dict[str, Any]) -> dict[str, Any]:
        by_window = json.loads(played.casino.requests("transactions")[-1].raw).get("from")
        rows = [{**row, "rolledBack": False} for row in page["transactions"]]
        return {**page, "transactions": rows} if by_window else page

    played.casino.shown = as_it_was
    assert agree(played)
    assert len(played.casino.requests("transactions")) == 2  # the page, then its doubtful rows


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
    """Five times as many rows, generated on demand, take no more memory."""
    monkeypatch.setattr(walk, "MOST_REMEMBERED", 400)
    monkeypatch.setattr(feed, "MOST_NAMED", 50)
    few, many = (peak_bytes(table, monkeypatch, rows) for rows in (2_000, 10_000))
    assert many < 1.3 * few


def peak_bytes(table: Table, monkeypatch: pytest.MonkeyPatch, rows: int) -> int:
    """The most memory used to compare this many entries; every tenth is missing at the casino."""
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

    def pages(**_: Any) -> Iterator[list[Record]]:
        for first in range(0, rows, 100):
            yield [record(number) for number in range(first, first + 100) if number % 10]

    monkeypatch.setattr(feed, "pages", pages)
    monkeypatch.setattr(feed, "named", lambda **_: {})
    monkeypatch.setattr(
        entries,
        "named",
        lambda *, casino, transaction_ids: {x: entry(int(x[2:])) for x in transaction_ids},
    )
    monkeypatch.setattr(entries, "made_between", lambda **_: map(entry, range(rows)))
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
    """A body with 500 ids of 128 characters of four bytes each would be too large."""
    ids = ["😀" * 120 + str(number) for number in range(700)]
    assert feed.named(casino=table.session.casino, transaction_ids=ids) == {}

    asked = table.casino.requests("transactions")
    assert [each for one in asked for each in one.body["transactionIds"]] == ids
    assert max(len(one.raw) for one in asked) < 60_000
    assert feed.named(casino=table.session.casino, transaction_ids=[]) == {}


# ---- a casino that cannot be compared -----------------------------------------------------------
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (DROP_REQUEST, "Unreachable|ConnectionError|transactions"),
        (GARBAGE, "not a JSON object"),
        (BUSY, "does not accept our calls"),
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
    "row",
    [
        {},
        {"amount": -1},
        {"amount": "5"},
        {"amount": 10**30},
        {"balance": 10**30},
        {"kind": "GIFT"},
        {"createdAt": "yesterday"},
        {"createdAt": "2026-01-01T00:00:00"},
        {"createdAt": "0001-01-01T00:00:00Z"},
        {"createdAt": "9999-12-31T23:59:59Z"},
        {"transactionId": "a\0b"},
        {"roundId": "\x1b[2J"},
        {"currency": "\0"},
    ],
    ids=str,
)
def test_books_that_cannot_be_read_are_not_compared(played: Table, row: dict[str, Any]) -> None:
    def spoilt(page: dict[str, Any]) -> dict[str, Any]:
        first, *others = page["transactions"]
        return {**page, "transactions": [{**first, **row} if row else {}, *others]}

    played.casino.shown = spoilt
    assert reconcile(played).status == 2


Shown = dict[str, Any]


def twice_each(page: Shown) -> Shown:
    return {**page, "transactions": [row for row in page["transactions"] for _ in range(2)]}


def first_again(page: Shown) -> Shown:
    return {**page, "transactions": [*page["transactions"], *page["transactions"][:1]]}


def first_again_later(page: Shown) -> Shown:
    first, *_, last = page["transactions"]
    again = {**first, "createdAt": last["createdAt"]}
    return {**page, "transactions": [*page["transactions"], again]}


def newest_first(page: Shown) -> Shown:
    return {**page, "transactions": page["transactions"][::-1]}


@pytest.mark.parametrize(
    ("spoilt", "fault"),
    [
        (twice_each, "its feed shows {first} twice"),
        (first_again, "its feed shows {first} twice"),
        (first_again_later, "its feed shows {first} twice"),
        (newest_first, "its feed goes back in time to {one_before_last}"),
    ],
)
def test_a_feed_that_does_not_go_forward_is_not_counted_twice(
    played: Table, spoilt: Any, fault: str
) -> None:
    ids = list(played.casino.books)
    played.casino.shown = lambda page: spoilt(page) if len(page["transactions"]) > 1 else page
    outcome = reconcile(played)
    names = {"first": ids[0], "one_before_last": ids[-2]}
    assert (outcome.status, outcome.casino["fault"]) == (2, fault.format(**names))
    assert outcome.casino["compared"] == 0
    assert (
        "could not be compared: its feed"
        in told("--casino", played.session.casino.code, "--grace-seconds", "0")[1]
    )


@pytest.mark.parametrize("size", [1, 2, 500])
def test_a_feed_that_begins_again_is_not_counted_twice(
    played: Table, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """Its last page names the first one as the next, under a cursor that was not used before."""
    monkeypatch.setattr(feed, "PAGE_SIZE", size)
    monkeypatch.setattr(walk, "MOST_REMEMBERED", 0)
    first, *_ = played.casino.books
    played.casino.shown = lambda page: {**page, "next": page["next"] or "00"}
    outcome = reconcile(played)
    assert (outcome.status, outcome.casino["compared"]) == (2, 5)
    assert outcome.casino["fault"] == f"its feed goes back in time to {first}"
    assert outcome.totals("journal")["debits"] == 1800


def test_a_next_that_is_no_place_is_no_answer(played: Table) -> None:
    for following in ("", "x" * 2_000, "\0", 7):
        played.casino.shown = lambda page, following=following: {**page, "next": following}
        outcome = reconcile(played)
        assert (outcome.status, outcome.casino["compared"]) == (2, 0)
        assert outcome.casino["fault"] == "the answer lacks the fields of a success"


@pytest.mark.parametrize("cursors", [itertools.cycle("123"), map(str, itertools.count())])
def test_a_feed_without_end_is_left(
    played: Table, monkeypatch: pytest.MonkeyPatch, cursors: Iterator[str]
) -> None:
    monkeypatch.setattr(feed, "MOST_EMPTY_PAGES", 20)
    played.casino.shown = lambda page: {**page, "transactions": [], "next": next(cursors)}
    outcome = reconcile(played)
    assert (outcome.status, outcome.casino["fault"]) == (2, "its feed does not end")
    assert len(played.casino.requests("transactions")) <= 21


def test_a_refusal_is_shown_on_one_line(played: Table) -> None:
    played.casino.misbehave("transactions", refusal(403, "NO\0", message="not\nnow\x1b[2J"))
    assert reconcile(played).casino["fault"] == "it refuses: 403 NO\ufffd not\ufffdnow\ufffd[2J"
    assert CheckRun.objects.latest("id").fault.startswith("it refuses: 403")


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
    # The casinos of other tests no longer exist, so they are silent too.
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
