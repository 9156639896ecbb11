"""GET /wallet/{player_id}/transactions."""

import base64
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from casino.ledger.audit import breaks
from tests.api.events.gambler import Gambler, look_up, make_gambler, reason
from tests.casino_world import make_play
from tests.factories import CurrencyFactory, WalletFactory, unique


def cursor(places: str) -> str:
    return "cursor=" + base64.urlsafe_b64encode(places.encode()).decode().rstrip("=")


def history(gambler: Gambler, query: str = "") -> list[dict[str, Any]]:
    """The rows of all pages."""
    return [row for page in pages(gambler, query) for row in page]


def pages(gambler: Gambler, query: str = "") -> Iterator[list[dict[str, Any]]]:
    cursor = ""
    while True:
        path = f"/wallet/{gambler.player_id}/transactions?{query}&cursor={cursor}"
        answer = look_up(path)
        assert answer.status == 200, answer
        yield answer.body["transactions"]
        cursor = answer.body["next_cursor"]
        if cursor is None:
            return


def test_it_tells_the_story_newest_first(gambler: Gambler) -> None:
    gambler.bet("10", round_id="r", session_id="s", req_id="b" + gambler.player_id)
    gambler.result("8.5", round_id="r", session_id="s", req_id="w" + gambler.player_id)

    answer = look_up(f"/wallet/{gambler.player_id}/transactions")

    assert answer.body.keys() == {"player_id", "transactions", "next_cursor"}
    assert answer.body["player_id"] == gambler.player_id
    assert answer.body["next_cursor"] is None
    won, bet = gambler.transactions()[::-1]
    common = {
        "wallet_id": gambler.wallet.wallet_id,
        "currency": "EUR",
        "round_id": "r",
        "session_id": "s",
        "game_code": gambler.game_code,
    }
    rows = answer.body["transactions"]
    times = [datetime.fromisoformat(row.pop("created_at")) for row in rows]
    assert times[:2] == [won.created_at, bet.created_at]
    assert rows == [
        {
            **common,
            "transaction_id": str(won.id),
            "req_id": "w" + gambler.player_id,
            "type": "result",
            "amount": "8.50",
            "balance_before": "990.00",
            "balance_after": "998.50",
        },
        {
            **common,
            "transaction_id": str(bet.id),
            "req_id": "b" + gambler.player_id,
            "type": "bet",
            "amount": "10.00",
            "balance_before": "1000.00",
            "balance_after": "990.00",
        },
        {
            "wallet_id": gambler.wallet.wallet_id,
            "currency": "EUR",
            "round_id": None,
            "session_id": None,
            "game_code": None,
            "transaction_id": rows[2]["transaction_id"],
            "req_id": None,
            "type": "opening",
            "amount": "1000.00",
            "balance_before": "0.00",
            "balance_after": "1000.00",
        },
    ]


def test_it_is_narrowed_to_session_and_round(gambler: Gambler) -> None:
    for session, round_id in (("s1", "a"), ("s1", "b"), ("s2", "c")):
        gambler.bet("1", round_id=round_id, session_id=session)
        gambler.result("0", round_id=round_id, session_id=session)

    def shown(query: str) -> list[tuple[str, str, str]]:
        return [
            (row["session_id"], row["round_id"], row["type"]) for row in history(gambler, query)
        ]

    assert shown("session_id=s1") == [
        ("s1", "b", "result"),
        ("s1", "b", "bet"),
        ("s1", "a", "result"),
        ("s1", "a", "bet"),
    ]
    assert shown("round_id=c") == [("s2", "c", "result"), ("s2", "c", "bet")]
    assert shown("session_id=s1&round_id=b") == [("s1", "b", "result"), ("s1", "b", "bet")]
    assert shown("session_id=s1&round_id=c") == []
    assert shown("session_id=unknown") == []
    assert len(shown("session_id=&round_id=")) == 7


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_pages_follow_one_another_without_gap_or_overlap(gambler: Gambler, limit: int) -> None:
    for number in range(1, 7):
        gambler.bet(str(number), session_id="s" if number % 2 else "t")

    found = list(pages(gambler, f"limit={limit}"))

    assert [len(page) for page in found[:-1]] == [limit] * (len(found) - 1)
    assert 1 <= len(found[-1]) <= limit
    amounts = [row["amount"] for page in found for row in page]
    assert amounts == ["6.00", "5.00", "4.00", "3.00", "2.00", "1.00", "1000.00"]
    narrowed = [row["amount"] for row in history(gambler, f"limit={limit}&session_id=s")]
    assert narrowed == ["5.00", "3.00", "1.00"]


def test_it_shows_fifty_unless_asked_otherwise(gambler: Gambler) -> None:
    for _ in range(50):
        gambler.bet("0.01")

    assert [len(page) for page in pages(gambler)] == [50, 1]


def test_what_comes_while_pages_are_turned_shifts_nothing(gambler: Gambler) -> None:
    for number in range(1, 5):
        gambler.bet(str(number))

    walk = pages(gambler, "limit=2")
    first = next(walk)
    gambler.bet("9")
    rest = [row for page in walk for row in page]

    assert [row["amount"] for row in first + rest] == ["4.00", "3.00", "2.00", "1.00", "1000.00"]


def second_wallet(gambler: Gambler) -> Gambler:
    """The same player with 500.00 USD."""
    wallet = WalletFactory(
        user=gambler.wallet.user, currency=CurrencyFactory(code="USD"), opening=50_000
    )
    return Gambler(wallet, gambler.game_code)


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 100])
def test_the_wallets_of_a_player_are_one_history(gambler: Gambler, limit: int) -> None:
    dollars = second_wallet(gambler)
    for number, play in ((1, gambler), (2, dollars), (3, dollars), (4, gambler), (5, dollars)):
        play.bet(str(number), session_id="s", round_id=f"r{number}")

    def shown(query: str) -> list[tuple[str, str]]:
        return [
            (row["currency"], row["amount"]) for row in history(gambler, f"limit={limit}&{query}")
        ]

    bets = [("USD", "5.00"), ("EUR", "4.00"), ("USD", "3.00"), ("USD", "2.00"), ("EUR", "1.00")]
    assert shown("") == [*bets, ("USD", "500.00"), ("EUR", "1000.00")]
    assert shown("session_id=s") == bets
    assert shown("round_id=r3") == [("USD", "3.00")]
    assert shown(f"wallet_id={gambler.wallet.wallet_id}") == [
        ("EUR", "4.00"),
        ("EUR", "1.00"),
        ("EUR", "1000.00"),
    ]
    assert list(breaks(wallet_pks=[dollars.wallet.pk])) == []


def test_what_other_families_did_is_in_it() -> None:
    play = make_play()
    gambler = Gambler(play.wallet, unique("game"))
    play.debit(1_000, roundId="r", transactionId=(bet := unique("bet")))
    play.rollback(bet)
    play.rollback(unique("never-came"))
    gambler.bet("5", round_id="r")

    rows = history(gambler)

    assert [(row["type"], row["amount"], row["balance_after"]) for row in rows] == [
        ("bet", "5.00", "995.00"),
        ("rollback", "0.00", "1000.00"),
        ("tombstone", "0.00", "1000.00"),
        ("rollback", "10.00", "1000.00"),
        ("bet", "10.00", "990.00"),
        ("opening", "1000.00", "1000.00"),
    ]
    assert [row["balance_before"] for row in rows] == [
        "1000.00",
        "1000.00",
        "1000.00",
        "990.00",
        "1000.00",
        "0.00",
    ]
    assert [row["req_id"] is None for row in rows] == [False, True, True, True, True, True]
    session = play.session.session_id
    assert [row["type"] for row in history(gambler, f"session_id={session}")] == [
        "rollback",
        "tombstone",
        "rollback",
        "bet",
    ]
    assert {row["session_id"] for row in history(gambler, f"session_id={session}")} == {session}
    assert [row["type"] for row in history(gambler, "round_id=r")] == ["bet", "rollback", "bet"]


def test_a_session_of_another_player_is_nothing_to_this_one(gambler: Gambler) -> None:
    play = make_play()
    play.debit()
    assert history(gambler, f"session_id={play.session.session_id}") == []


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("limit=0", "limit: must be an integer from 1 to 100"),
        ("limit=101", "limit: must be an integer from 1 to 100"),
        ("limit=-1", "limit: must be an integer from 1 to 100"),
        ("limit=1.0", "limit: must be an integer from 1 to 100"),
        ("limit=ten", "limit: must be an integer from 1 to 100"),
        ("limit=" + "9" * 5_000, "limit: must be an integer from 1 to 100"),
        ("limit=%D9%A1", "limit: must be an integer from 1 to 100"),
        ("cursor=x", "cursor: must be the next_cursor of an earlier page"),
        ("cursor=1", "cursor: must be the next_cursor of an earlier page"),
        (cursor("EUR:-2;0"), "cursor: must be the next_cursor of an earlier page"),
        (cursor("EUR:9999999999999999999;0"), "cursor: must be the next_cursor of an earlier page"),
        (cursor("EUR:1," * 200 + "EUR:1;0"), "cursor: must be the next_cursor of an earlier page"),
        (cursor("EUR:1"), "cursor: must be the next_cursor of an earlier page"),
        (cursor("NO-SUCH:1;0"), "cursor: belongs to another history, or is incomplete"),
        ("session_id=%00", "session_id: must have visible characters only"),
        ("round_id=a%20b", "round_id: must have visible characters only"),
        ("wallet_id=" + "x" * 129, "wallet_id: must have 1 to 128 characters"),
    ],
)
def test_what_it_does_not_take(gambler: Gambler, query: str, wrong: str) -> None:
    assert reason(look_up(f"/wallet/{gambler.player_id}/transactions?{query}")) == wrong


def test_a_cursor_fits_only_the_history_that_it_came_from(gambler: Gambler) -> None:
    other, second = make_gambler(), second_wallet(gambler)
    for _ in range(3):
        gambler.bet("1", round_id="r")
        other.bet("1", round_id="r")
    path = f"/wallet/{gambler.player_id}/transactions?limit=2"
    given = look_up(path).body["next_cursor"]
    assert look_up(f"{path}&cursor={given}").status == 200

    elsewhere = [
        f"{path}&round_id=r&cursor={given}",
        f"{path}&wallet_id={second.wallet.wallet_id}&cursor={given}",
        f"/wallet/{other.player_id}/transactions?limit=2&cursor={given}",
    ]
    cut_short = [f"{path}&cursor={given[:-left_out]}" for left_out in range(1, len(given))]
    for asked in elsewhere + cut_short:
        assert "cursor: " in reason(look_up(asked)), asked


def test_an_unknown_player_or_wallet_is_404(gambler: Gambler) -> None:
    other = make_gambler()
    path = f"/wallet/{gambler.player_id}/transactions?wallet_id={other.wallet.wallet_id}"
    assert reason(look_up(path), status=404) == (
        f"The player has no wallet {other.wallet.wallet_id}."
    )
    assert reason(look_up(f"/wallet/{unique('nobody')}/transactions"), status=404) == (
        "There is no such player."
    )


def test_a_page_is_three_queries_at_most(gambler: Gambler) -> None:
    second_wallet(gambler)
    for _ in range(3):
        gambler.bet("1", session_id="s")
    path = f"/wallet/{gambler.player_id}/transactions"

    for query, most in (("", 2), ("?round_id=r", 2), ("?session_id=s", 3)):
        with CaptureQueriesContext(connection) as queries:
            assert look_up(path + query).status == 200
        assert len(queries) == most
