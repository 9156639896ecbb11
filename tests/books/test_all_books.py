"""Questions about all books are answered from all of them, whichever process is asked."""

import json
from datetime import UTC, datetime, timedelta

from config.wire.signing import CASINO_SIGNATURE, sign
from tests.books.conftest import Books, player_of

ROUTER = 0
"""Asks the router, which may choose any process."""


def top_up(books: Books, user: str, reference: str) -> None:
    for path, body in (
        ("/api/v1/wallets", {"user_id": user, "asset_code": "GC"}),
        (
            "/api/v1/wallets/topup",
            {"user_id": user, "asset_code": "GC", "amount": 7, "reference_id": reference},
        ),
    ):
        answer = books.router.post(path, json.dumps(body).encode())
        assert answer.status in (200, 201, 409), answer.body


def test_every_process_lists_the_players_of_all_books(books: Books) -> None:
    players = [books.get("/players", book=number).raw for number in (ROUTER, 1, 2)]
    assert players[0] == players[1] == players[2]
    names = [player["player_id"] for player in json.loads(players[0])]
    assert names == sorted(names)
    assert {"player-001", "player-005", "67fff5c", "user_alice"} <= set(names)


def test_a_page_of_players_begins_where_the_last_one_ended(books: Books) -> None:
    names = [each["player_id"] for each in json.loads(books.get("/players").raw)]
    for number in (ROUTER, 1):
        after = json.loads(books.get(f"/players?after={names[3]}", book=number).raw)
        assert [each["player_id"] for each in after] == names[4:]


def test_a_reference_is_found_in_whichever_book_it_is(books: Books) -> None:
    for number in (1, 2):
        user = player_of(number, "referred")
        top_up(books, user, f"reference-{number}")
        for asked in (1, 2):
            found = books.get(f"/api/v1/transactions/reference-{number}", book=asked)
            assert (found.status, found.body["user_id"], found.body["amount"]) == (200, user, 7)
            assert len(found.body["ledger_entries"]) == 2


def test_a_reference_that_two_books_have_is_a_conflict(books: Books) -> None:
    for number in (1, 2):
        top_up(books, player_of(number, "both"), "reference-in-both")
    for asked in (1, 2):
        found = books.get("/api/v1/transactions/reference-in-both", book=asked)
        assert found.status == 409
        assert found.body["error"]["code"] == "REFERENCE_IN_TWO_BOOKS"


def feed(books: Books, number: int, **fields: object) -> dict[str, object]:
    body = json.dumps(fields).encode()
    signature = {CASINO_SIGNATURE: sign((b"casino-secret",), body)}
    answer = books.servers[number - 1].post("/casino/transactions", body, signature)
    assert answer.status == 200, answer.body
    return answer.body


def test_the_feed_of_a_provider_has_the_transactions_of_all_books(books: Books) -> None:
    """Tombstones are the quickest way to make transactions of a provider."""
    token = "SELECT 'book_0{0}.token-of-{0}', encode(sha256('book_0{0}.token-of-{0}'), 'hex')"
    for number in (1, 2):
        [(given, digest)] = books.execute(token.format(number))
        books.execute(
            f"INSERT INTO book_0{number}.casino_game_sessions (session_id, token, session_token,"
            " user_id, wallet_id, game_id, provider_id, provider_session_id, launch_url, status,"
            " created_at, expires_at)"
            f" SELECT 'feed', %s, '', user_id, wallet.id, game.id, provider_id, '', '', 'ACTIVE',"
            f" now(), now() + interval '1 day' FROM book_0{number}.casino_wallets wallet"
            " CROSS JOIN casino_games game WHERE provider_game_id = 'lucky-sevens'"
            " AND currency_code <> 'DIAMONDS' ORDER BY wallet.id LIMIT 1",
            digest,
        )
        for each in range(3):
            body = json.dumps(
                {
                    "sessionToken": given,
                    "transactionId": f"rollback-{number}-{each}",
                    "originalTransactionId": f"bet-{number}-{each}",
                }
            ).encode()
            signature = {CASINO_SIGNATURE: sign((b"casino-secret",), body)}
            answer = books.router.post("/casino/rollback", body, signature)
            assert (answer.status, answer.body["tombstone"]) == (200, True)
    every = {
        f"{word}-{book}-{each}"
        for word in ("rollback", "bet")
        for book in (1, 2)
        for each in range(3)
    }
    now = datetime.now(UTC)
    window = {
        "from": (now - timedelta(hours=1)).isoformat(),
        "to": (now + timedelta(hours=1)).isoformat(),
    }
    for asked in (1, 2):
        for limit in (1, 2, 5, 100):
            seen: list[str] = []
            times: list[str] = []
            page = feed(books, asked, **window, limit=limit)
            while True:
                assert len(page["transactions"]) <= limit
                seen += [each["transactionId"] for each in page["transactions"]]
                times += [each["createdAt"] for each in page["transactions"]]
                if page["next"] is None:
                    break
                page = feed(books, asked, **window, limit=limit, after=page["next"])
            assert len(seen) == len(every)
            assert set(seen) == every
            assert times == sorted(times)
        named = feed(books, asked, transactionIds=["bet-1-0", "rollback-2-2", "nothing"])
        assert [each["transactionId"] for each in named["transactions"]] == [
            "bet-1-0",
            "rollback-2-2",
        ]
