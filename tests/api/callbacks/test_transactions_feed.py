"""POST /casino/transactions: a provider's own, all of them, in order, in bounded pages."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from casino.api.callbacks import feed as dialect
from casino.ledger import feed
from casino.ledger.ids import time_of
from casino.models import Transaction
from casino.operations.providers import directory
from tests.casino_world import Answer, Play, make_play, nothing_written, post
from tests.factories import unique
from tests.races.locks import held

Row = dict[str, Any]

ALWAYS = {
    *("transactionId", "casinoTransactionId", "kind", "playerId", "roundId", "amount"),
    *("currency", "balance", "rolledBack", "tombstone", "createdAt"),
}


@pytest.fixture
def begin() -> datetime:
    return datetime.now(UTC) - timedelta(seconds=1)


def text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def window(begin: datetime, **fields: Any) -> dict[str, Any]:
    return {"from": text(begin), "to": text(datetime.now(UTC) + timedelta(hours=1)), **fields}


def rows_of(play: Play, **fields: Any) -> list[Row]:
    answer = play.send("transactions", fields)
    assert answer.status == 200, answer.body
    assert answer.body["next"] is None
    return list(answer.body["transactions"])


def pages_of(play: Play, begin: datetime, **fields: Any) -> Iterator[list[Row]]:
    """Every page, by following ``next`` to the end."""
    asked = window(begin, **fields)
    while True:
        answer = play.send("transactions", asked)
        assert answer.status == 200, answer.body
        yield answer.body["transactions"]
        if answer.body["next"] is None:
            return
        asked["after"] = answer.body["next"]


def refused(answer: Answer) -> dict[str, list[str]]:
    """The errors of a 400."""
    assert (answer.status, answer.code) == (400, "INVALID_REQUEST"), answer.body
    errors: dict[str, list[str]] = answer.body["errors"]
    return errors


# ---- what a transaction says --------------------------------------------------------------------
def test_a_bet_a_payout_and_a_rollback_are_told_as_they_were_answered(
    play: Play, begin: datetime
) -> None:
    bet = play.bet(300)
    win = play.win(bet, 500, relatedTransactionId=bet["transactionId"])
    other = play.bet(700)
    rollback = play.rollback(other["transactionId"]).body

    told = rows_of(play, **window(begin))

    player = play.session.user.username
    common = {"playerId": player, "currency": "EUR", "tombstone": False}
    assert [
        {name: value for name, value in row.items() if name not in ("casinoTransactionId",)}
        for row in told
    ] == [
        {**common, "transactionId": bet["transactionId"], "kind": "DEBIT", "amount": 300,
         "roundId": bet["roundId"], "balance": 99_700, "rolledBack": False,
         "createdAt": told[0]["createdAt"]},
        {**common, "transactionId": win["transactionId"], "kind": "CREDIT", "amount": 500,
         "roundId": bet["roundId"], "balance": 100_200, "rolledBack": False,
         "relatedTransactionId": bet["transactionId"], "createdAt": told[1]["createdAt"]},
        {**common, "transactionId": other["transactionId"], "kind": "DEBIT", "amount": 700,
         "roundId": other["roundId"], "balance": 99_500, "rolledBack": True,
         "createdAt": told[2]["createdAt"]},
        {**common, "transactionId": rollback["transactionId"], "kind": "ROLLBACK", "amount": 700,
         "roundId": other["roundId"], "balance": 100_200, "rolledBack": True,
         "originalTransactionId": other["transactionId"], "createdAt": told[3]["createdAt"]},
    ]  # fmt: skip
    assert told[3]["casinoTransactionId"] == rollback["casinoTransactionId"]
    assert [row["casinoTransactionId"] for row in told] == [
        str(transaction.id) for transaction in play.transactions()
    ]


def test_a_payout_that_named_no_bet_names_none(play: Play, begin: datetime) -> None:
    play.win(play.bet(1), 0)

    _, win = rows_of(play, **window(begin))
    assert win.keys() == ALWAYS
    assert (win["kind"], win["amount"]) == ("CREDIT", 0)


def test_a_tombstone_is_a_debit_of_nothing_and_its_rollback_moved_nothing(
    play: Play, begin: datetime
) -> None:
    unknown = unique("bet")
    first = play.rollback(unknown).body
    second = play.rollback(unknown).body

    tombstone, *rollbacks = rows_of(play, **window(begin))

    assert tombstone.keys() == ALWAYS
    assert tombstone["transactionId"] == unknown
    assert (tombstone["kind"], tombstone["amount"], tombstone["roundId"]) == ("DEBIT", 0, None)
    assert (tombstone["rolledBack"], tombstone["tombstone"]) == (False, True)
    assert [told["transactionId"] for told in rollbacks] == [
        answered["transactionId"] for answered in (first, second)
    ]
    for told, answered in zip(rollbacks, (first, second), strict=True):
        assert told["kind"] == "ROLLBACK"
        for name in told.keys() - {"kind", "playerId", "createdAt"}:
            assert told[name] == answered[name], name
        assert (told["rolledBack"], told["tombstone"]) == (False, True)


def test_a_tombstone_that_carries_its_rollbacks_id_is_told_as_any_other(
    play: Play, begin: datetime
) -> None:
    bet = unique("bet")
    play.rollback(bet, transactionId=bet, roundId="r1")

    (tombstone,) = rows_of(play, **window(begin))
    assert tombstone.keys() == ALWAYS
    assert (tombstone["transactionId"], tombstone["roundId"]) == (bet, "r1")
    assert (tombstone["kind"], tombstone["amount"]) == ("DEBIT", 0)
    assert (tombstone["rolledBack"], tombstone["tombstone"]) == (False, True)
    assert rows_of(play, transactionIds=[bet]) == [tombstone]


def test_a_rollback_of_what_was_rolled_back_gave_nothing(play: Play, begin: datetime) -> None:
    bet = play.bet(300)
    play.rollback(bet["transactionId"])
    play.rollback(bet["transactionId"])

    debit, first, second = rows_of(play, **window(begin))
    assert debit["rolledBack"]
    assert (first["amount"], first["rolledBack"], first["tombstone"]) == (300, True, False)
    assert (second["amount"], second["rolledBack"], second["tombstone"]) == (0, False, False)


def test_it_was_made_when_its_id_says_and_the_window_goes_by_that(
    play: Play, begin: datetime
) -> None:
    play.bet(1)
    [transaction] = play.transactions()
    made_at = time_of(transaction.id)
    millisecond, microsecond = timedelta(milliseconds=1), timedelta(microseconds=1)

    [row] = rows_of(play, **window(begin))
    assert datetime.fromisoformat(row["createdAt"]) == made_at
    assert timedelta() <= transaction.created_at - made_at < millisecond

    def is_within(begin: datetime, end: datetime) -> bool:
        return rows_of(play, **{"from": text(begin), "to": text(end)}) == [row]

    assert is_within(made_at, made_at + millisecond)
    assert is_within(made_at, made_at + microsecond)
    assert not is_within(made_at - millisecond, made_at)
    assert not is_within(made_at + microsecond, made_at + millisecond)


def test_no_session_token_is_told(play: Play, begin: datetime) -> None:
    play.win(play.bet(1), 1)
    play.rollback(unique("bet"))

    answer = play.send("transactions", window(begin))
    assert len(answer.body["transactions"]) == 4
    assert play.token.encode() not in answer.raw
    assert play.secret not in answer.raw


# ---- whose --------------------------------------------------------------------------------------
def test_a_provider_sees_its_own_and_all_of_its_own(play: Play, begin: datetime) -> None:
    """Whichever of its players, sessions and games; nothing of another provider, nor of a shop."""
    mine = play.bet(1)
    other_player = make_play(game=play.session.game)
    also_mine = other_player.bet(2)
    stranger = make_play(user=play.session.user, wallet=play.session.wallet)
    same_id = stranger.bet(3, transactionId=mine["transactionId"])
    play.top_up(4)

    assert [(row["transactionId"], row["amount"]) for row in rows_of(play, **window(begin))] == [
        (mine["transactionId"], 1),
        (also_mine["transactionId"], 2),
    ]
    [theirs] = rows_of(stranger, transactionIds=[same_id["transactionId"]])
    assert (theirs["amount"], theirs["balance"]) == (3, 99_996)
    assert rows_of(stranger, transactionIds=[also_mine["transactionId"]]) == []


def test_it_is_signed_for(play: Play, begin: datetime) -> None:
    body = b'{"transactionIds": ["x"]}'
    wrong = {**play.headers(body), "x-casino-signature": "0" * 64}
    nobodys = {**play.headers(body), "x-provider-code": unique("nobody")}
    unnamed = {"x-casino-signature": play.headers(body)["x-casino-signature"]}
    for headers in ({}, wrong, nobodys, unnamed):
        answer = post("/casino/transactions", body, headers)
        assert (answer.status, answer.code) == (401, "INVALID_SIGNATURE")


def test_it_is_there_for_a_provider_that_is_disabled(play: Play, begin: datetime) -> None:
    play.bet(1)
    provider = play.session.provider
    type(provider).objects.filter(pk=provider.pk).update(is_disabled=True)

    assert len(rows_of(play, **window(begin))) == 1


def test_its_requests_are_counted_with_the_provider_s_others(
    play: Play, settings: Settings
) -> None:
    settings.RATE_LIMITS = {"callbacks": "2/hour"}
    assert play.balance().status == 200
    assert play.send("transactions", {"transactionIds": ["x"]}).status == 200

    answer = play.send("transactions", {"transactionIds": ["x"]})
    assert (answer.status, answer.code) == (429, "RATE_LIMITED")
    assert int(answer.headers["Retry-After"]) >= 1


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
    assert most_read > 2 or [] in pages  # nothing on it, and yet not the last


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
    # One from before it leads to its beginning, not out of it.
    assert len(rows_of(play, **window(begin, after="0" * 32))) == 1
    assert rows_of(play, **window(begin + timedelta(minutes=1), after="0" * 32)) == []


# ---- by id --------------------------------------------------------------------------------------
def test_those_that_are_named_are_found_whenever_they_were(play: Play) -> None:
    bets = [play.bet(amount)["transactionId"] for amount in (1, 2, 3)]
    asked = [bets[2], unique("unknown"), bets[0], bets[0]]

    assert [row["transactionId"] for row in rows_of(play, transactionIds=asked)] == [
        bets[0],
        bets[2],
    ]


# ---- what it refuses ----------------------------------------------------------------------------
FROM_TO = {"from": "2026-11-21T00:00:00Z", "to": "2026-11-22T00:00:00Z"}
ONE_WAY = {
    "neither": ({}, {"body"}),
    "from alone": ({"from": FROM_TO["from"]}, {"to"}),
    "to alone": ({"to": FROM_TO["to"]}, {"from"}),
    "a limit alone": ({"limit": 1}, {"from", "to"}),
    "a cursor alone": ({"after": "0" * 32}, {"from", "to"}),
    "both": ({**FROM_TO, "transactionIds": ["x"]}, {"from", "to"}),
    "ids and a limit": ({"limit": 1, "transactionIds": ["x"]}, {"limit"}),
    "ids and a cursor": ({"after": "0" * 32, "transactionIds": ["x"]}, {"after"}),
    "an empty window": ({"from": FROM_TO["from"], "to": FROM_TO["from"]}, {"to"}),
    "the end before the beginning": ({"from": FROM_TO["to"], "to": FROM_TO["from"]}, {"to"}),
    "null": ({**dict.fromkeys((*FROM_TO, "transactionIds"))}, {"body"}),
}


@pytest.mark.parametrize(("fields", "wrong"), ONE_WAY.values(), ids=ONE_WAY)
def test_it_is_asked_in_exactly_one_way(
    untouched: Play, fields: dict[str, Any], wrong: set[str]
) -> None:
    assert set(refused(untouched.send("transactions", fields))) == wrong


BAD_MOMENTS = [
    *("", "yesterday", "2026-11-21", "2026-11-21T00:00:00", "2026-11-21 00:00:00Z"),
    *("2026-11-21T00:00Z", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "20261121T000000Z"),
    *("2026-11-21T24:00:01Z", "2026-11-21T12:00:60Z", "0000-01-01T00:00:00Z", "2026-W47-6"),
    *("2026-11-21T00:00:00+25:00", "2026-11-21T00:00:00Z\n", "２０２６-11-21T00:00:00Z"),
    *(1763683200, True, ["2026-11-21T00:00:00Z"], {}),
]


@pytest.mark.parametrize("moment", BAD_MOMENTS, ids=repr)
@pytest.mark.parametrize("field", ["from", "to"])
def test_a_moment_has_a_date_a_time_and_an_offset(untouched: Play, field: str, moment: Any) -> None:
    assert list(refused(untouched.send("transactions", {**FROM_TO, field: moment}))) == [field]


CURSORS = ("", "0" * 31, "0" * 33, "G" * 32, "A" * 32, "0" * 31 + "\n", 1, {})
BAD_FIELDS: list[tuple[str, Any]] = [
    *(("limit", limit) for limit in (0, -1, 1001, 1.0, True, "1", [], 10**400)),
    *(("after", after) for after in CURSORS),
    *(("transactionIds", ids) for ids in ([], "x", {}, ["x"] * 501, [1], [""], ["a b"], [None])),
]


@pytest.mark.parametrize(("field", "value"), BAD_FIELDS, ids=lambda value: repr(value)[:40])
def test_a_field_that_is_none_of_its_kind_is_named(untouched: Play, field: str, value: Any) -> None:
    fields = {**FROM_TO, field: value} if field != "transactionIds" else {field: value}
    assert list(refused(untouched.send("transactions", fields))) == [field]


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("0001-01-01T00:00:00+14:00", "0001-01-02T00:00:00Z"),
        ("1969-12-31T23:59:59.999999Z", "1970-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.999999-23:59", "9999-12-31T23:59:59.999999-23:59"),
        ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59.999999-23:59"),
    ],
)
def test_a_moment_at_the_edge_of_time_is_no_fault(untouched: Play, begin: str, end: str) -> None:
    answer = untouched.send("transactions", {"from": begin, "to": end})

    assert answer.status == (200 if begin != end else 400)
    assert answer.body.get("transactions", []) == []


def test_the_offset_counts(play: Play) -> None:
    play.bet(1)
    east = (datetime.now(UTC) + timedelta(hours=5, minutes=30)).replace(tzinfo=None)
    span = timedelta(minutes=1)
    local = [f"{moment.isoformat()}+05:30" for moment in (east - span, east + span)]

    assert len(rows_of(play, **{"from": local[0], "to": local[1]})) == 1
    zulu = [moment.replace("+05:30", "Z") for moment in local]
    assert rows_of(play, **{"from": zulu[0], "to": zulu[1]}) == []


def test_any_form_of_rfc_3339_is_taken(play: Play) -> None:
    """To the nanosecond and in lower case, as Go and Rust write it."""
    bet = play.bet(1)
    [row] = rows_of(play, transactionIds=[bet["transactionId"]])
    made_at = row["createdAt"].removesuffix("Z")

    def found(begin: str, end: str) -> int:
        return len(rows_of(play, **{"from": begin, "to": end}))

    assert found(f"{made_at}000000Z".lower(), f"{made_at}999999Z") == 1
    assert found(f"{made_at}999999999z", "2999-12-31t23:59:59.999999999z") == 0
    assert found("2016-12-31T23:59:59.0000000-12:00", f"{made_at}0000Z") == 0


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
    """As for a table that is too large to be read or sorted as a whole."""
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
        feed._PAGE,
        "seqscan",
        "sort",
        source=play.transactions()[0].source,
        after=first.id,
        end=last.id,
        limit=11,
        most_read=1000,
    )

    walks = re.findall(r"Index Scan using casino_transactions_pkey .*rows=([0-9.]+) ", plan)
    assert float(walks[0]) < 25, plan  # as far as the page goes, and a little ahead
    assert "Sort" not in plan, plan
    assert "Seq Scan on casino_transactions" not in plan, plan


def test_ids_are_looked_up_in_the_index_that_is_there(play: Play) -> None:
    plan = plan_of(
        feed._NAMED,
        "seqscan",
        source="provider:x",
        external_ids=[unique("bet") for _ in range(500)],
    )
    assert "casino_transactions_once" in plan
    assert "Seq Scan" not in plan
