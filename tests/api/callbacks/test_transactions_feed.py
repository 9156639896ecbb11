"""POST /casino/transactions: all of a provider's own transactions, in order, in bounded pages."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from pytest_django.fixtures import Settings

from casino.ledger.ids import time_of
from tests.casino_world import Play, make_play, post
from tests.factories import unique

Row = dict[str, Any]

ALWAYS = {
    *("transactionId", "casinoTransactionId", "kind", "playerId", "roundId", "amount"),
    *("currency", "balance", "rolledBack", "tombstone", "createdAt"),
}


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
    """It sees all its players, sessions and games, but nothing of another provider or of a shop."""
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


# ---- by id --------------------------------------------------------------------------------------
def test_those_that_are_named_are_found_whenever_they_were(play: Play) -> None:
    bets = [play.bet(amount)["transactionId"] for amount in (1, 2, 3)]
    asked = [bets[2], unique("unknown"), bets[0], bets[0]]

    assert [row["transactionId"] for row in rows_of(play, transactionIds=asked)] == [
        bets[0],
        bets[2],
    ]
