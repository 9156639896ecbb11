"""manage.py reconcile: a casino that cannot be compared, and a feed that does not go forward."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from config.backoffice.models import CheckRun
from provider.models import Casino
from provider.reconciliation import feed, walk
from tests.provider.fake_casino import FakeCasino
from tests.provider.misbehaviour import BUSY, DROP_REQUEST, GARBAGE, refusal, slow
from tests.provider.reconciliation.reconciling import (
    SCRIPT,
    agree,
    at_casino,
    played,
    reconcile,
    told,
)
from tests.provider.table import Table, lay_table, unique

__all__ = ["played"]  # a fixture is found by its name


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


@pytest.mark.parametrize(
    ("amounts", "kinds"),
    [
        ((1000, 1000), ["missing_at_provider"]),
        ((1000, 77), ["missing_at_provider"]),
        ((77, 1000), ["amount_differs", "missing_at_provider"]),
        ((77, 88), ["amount_differs", "missing_at_provider"]),
    ],
)
def test_an_id_in_two_books_is_unknown_the_second_time_and_counted_each_time(
    played: Table, amounts: tuple[int, int], kinds: list[str]
) -> None:
    first, *_ = played.casino.books

    def moved_again(page: Shown) -> Shown:
        """In the window's feed, and if asked for by its id."""
        rows = page["transactions"]
        if not rows or rows[0]["transactionId"] != first:
            return page
        once = {**rows[0], "amount": amounts[0]}
        again = {**rows[0], "amount": amounts[1], "casinoTransactionId": "in another book"}
        again["createdAt"] = max(row["createdAt"] for row in rows)
        return {**page, "transactions": [once, *rows[1:], again]}

    debits = reconcile(played).totals("casino")["debits"]
    played.casino.shown = moved_again
    outcome = reconcile(played)
    assert (outcome.status, sorted(kind for kind, _ in outcome.found)) == (1, kinds)
    assert {name for _, name in outcome.found} == {first}
    assert outcome.totals("casino")["debits"] == debits - 1000 + sum(amounts)


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
