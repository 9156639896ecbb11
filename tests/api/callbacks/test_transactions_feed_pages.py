"""Pages of POST /casino/transactions are complete and in order, and all cost the same."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from casino.api.callbacks import feed as dialect
from casino.ledger import feed
from casino.models import Transaction
from casino.operations.providers import directory
from tests.api.callbacks.test_transactions_feed import pages_of, rows_of, window
from tests.casino_world import Play, make_play, nothing_written
from tests.factories import unique
from tests.races.locks import held


# ---- pages --------------------------------------------------------------------------------------
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8, 1000])
def test_pages_hold_every_transaction_once_in_order(
    play: Play, begin: datetime, limit: int
) -> None:
    others = make_play()
    sent = []
    for _ in range(7):
        sent.append(play.bet(1)["transactionId"])
        others.bet(1)

    pages = list(pages_of(play, begin, limit=limit))

    assert [row["transactionId"] for page in pages for row in page] == sent
    assert all(len(page) <= limit for page in pages)
    moments = [row["createdAt"] for page in pages for row in page]
    assert moments == sorted(moments)


@pytest.mark.parametrize("most_read", [1, 2, 3, 10])
@pytest.mark.parametrize("limit", [1, 3, 100])
def test_what_others_write_makes_pages_shorter_and_loses_nothing(
    play: Play, begin: datetime, most_read: int, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = make_play()
    sent = []
    for number in range(8):
        (play if number % 3 == 0 else others).bet(1, transactionId=(name := unique("bet")))
        sent += [name] * (number % 3 == 0)
    assert feed.feed_page.__kwdefaults__ is not None
    monkeypatch.setitem(feed.feed_page.__kwdefaults__, "most_read", most_read)

    pages = list(pages_of(play, begin, limit=limit))

    assert [row["transactionId"] for page in pages for row in page] == sent
    assert len(pages) >= 8 // most_read
    assert most_read > 2 or [] in pages  # an empty page that is not the last


def test_what_is_added_while_it_is_read_comes_last(play: Play, begin: datetime) -> None:
    sent = [play.bet(1)["transactionId"] for _ in range(3)]
    pages = pages_of(play, begin, limit=2)
    first = next(pages)
    sent.append(play.bet(1)["transactionId"])

    assert [row["transactionId"] for page in (first, *pages) for row in page] == sent


def test_a_page_has_500_where_no_limit_is_given(
    play: Play, begin: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert dialect.DEFAULT_LIMIT == 500
    monkeypatch.setattr(dialect, "DEFAULT_LIMIT", 2)
    names = [play.bet(1)["transactionId"] for _ in range(3)]

    first, second = pages_of(play, begin)
    assert [[row["transactionId"] for row in page] for page in (first, second)] == [
        names[:2],
        names[2:],
    ]


def test_a_cursor_from_beyond_the_window_leads_nowhere(play: Play, begin: datetime) -> None:
    play.bet(1)
    assert rows_of(play, **window(begin, after="f" * 32)) == []
    # A cursor from before the window leads to its beginning, not out of it.
    assert len(rows_of(play, **window(begin, after="0" * 32))) == 1
    assert rows_of(play, **window(begin + timedelta(minutes=1), after="0" * 32)) == []


# ---- what it costs ------------------------------------------------------------------------------
def test_it_writes_nothing_and_waits_for_no_lock(play: Play, begin: datetime) -> None:
    bet = play.bet(1)
    with nothing_written(), held(play.wallet_pk):
        assert len(rows_of(play, **window(begin))) == 1
        assert len(rows_of(play, transactionIds=[bet["transactionId"]])) == 1


@pytest.mark.parametrize("limit", [1, 20])
def test_a_page_costs_one_query_however_much_is_on_it(
    play: Play, begin: datetime, limit: int
) -> None:
    bets = [play.bet(1)["transactionId"] for _ in range(20)]
    for fields in (window(begin, limit=limit), {"transactionIds": bets[:limit]}):
        directory(fresh=True)  # credentials are kept for two seconds
        with CaptureQueriesContext(connection) as captured:
            answer = play.send("transactions", fields)
        assert len(answer.body["transactions"]) == limit
        assert len(captured) == 1, captured.captured_queries


def plan_of(sql: str, *unwanted: str, **parameters: Any) -> str:
    """The plan for a table that is too large to read or sort as a whole."""
    with connection.cursor() as cursor:
        for way in unwanted:
            cursor.execute(f"SET enable_{way} = off")
        try:
            cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {sql}", parameters)
            return "\n".join(row[0] for row in cursor.fetchall())
        finally:
            for way in unwanted:
                cursor.execute(f"RESET enable_{way}")


def test_a_window_walks_the_primary_key_and_no_further_than_its_page(play: Play) -> None:
    for _ in range(30):
        play.bet(1)
    first, *_, last = Transaction.objects.filter(wallet_id=play.wallet_pk).order_by("sequence")
    plan = plan_of(
        feed.PAGE,
        "seqscan",
        "sort",
        source=play.transactions()[0].source,
        after=first.id,
        end=last.id,
        limit=11,
        most_read=1000,
    )

    walks = re.findall(r"Index Scan using casino_transactions_pkey .*rows=([0-9.]+) ", plan)
    assert float(walks[0]) < 25, plan  # the page and a little more
    assert "Sort" not in plan, plan
    assert "Seq Scan on casino_transactions" not in plan, plan


def test_ids_are_looked_up_in_the_index_that_is_there(play: Play) -> None:
    plan = plan_of(
        feed.NAMED,
        "seqscan",
        source="provider:x",
        external_ids=[unique("bet") for _ in range(500)],
    )
    assert "casino_transactions_once" in plan
    assert "Seq Scan" not in plan
