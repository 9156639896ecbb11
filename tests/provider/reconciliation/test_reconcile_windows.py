"""manage.py reconcile: windows, pages and clocks."""

import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connections, router
from django.test.utils import CaptureQueriesContext

from provider.models import Bet
from provider.reconciliation import entries, feed, walk
from provider.reconciliation.entries import Entry
from provider.reconciliation.feed import Record
from provider.reconciliation.walk import Walk, Window
from tests.provider.reconciliation.reconciling import (
    DAY,
    SCRIPT,
    agree,
    played,
    reconcile,
)
from tests.provider.table import Table

__all__ = ["played"]  # a fixture is found by its name


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
