"""Each request reaches the book of its player, and a process refuses players of other books."""

import json
from collections.abc import Mapping
from urllib.parse import quote

import pytest

from config.wire.signing import CASINO_SIGNATURE, sign
from tests.books.conftest import Books, player_of

BOOKS = (1, 2)


def post(server: object, path: str, body: Mapping[str, object], **headers: str):
    return server.post(path, json.dumps(body, ensure_ascii=False).encode(), headers)  # type: ignore[attr-defined]


def open_wallet(books: Books, user: str) -> None:
    answer = post(books.router, "/api/v1/wallets", {"user_id": user, "asset_code": "GC"})
    assert answer.status in (201, 409), answer.body


def bodies_of(player: str) -> dict[str, Mapping[str, object]]:
    return {
        "/casino/launchGame": {"playerId": player, "gameId": "lucky-sevens", "currency": "EUR"},
        "/casino/simulateRound": {"playerId": player},
        "/event": {
            "type": "bet",
            "req_id": f"req-{player}",
            "round_id": "round",
            "session_id": "session",
            "player_id": player,
            "wallet_id": "wallet",
            "game_code": "game",
            "amount": "1",
            "currency": "EUR",
        },
        "/api/v1/wallets": {"user_id": player, "asset_code": "GC"},
        "/api/v1/wallets/topup": {
            "user_id": player, "asset_code": "GC", "amount": 1, "reference_id": f"top-up-{player}",
        },
        "/transaction": {
            "transaction_type": "topup", "user_id": player, "asset_code": "GC", "amount": 1,
        },
        f"/api/v1/wallets/{player}/add-funds": {"asset_code": "GC", "amount": 1},
    }  # fmt: skip


def paths_of(player: str, safe: str = "") -> list[str]:
    name = quote(player, safe=safe)
    return [
        f"/wallet/{name}",
        f"/wallet/{name}/transactions",
        # In this path, the asset follows the slash.
        *([] if "/" in player else [f"/balance/{name}"]),
        f"/balance/{name}/GC",
        f"/transaction/{name}/history",
        f"/api/v1/wallets/{name}/balance",
        f"/api/v1/wallets/{name}/transactions",
    ]


@pytest.mark.parametrize("number", BOOKS)
def test_a_process_refuses_every_request_about_a_player_of_another_book(
    books: Books, number: int
) -> None:
    stranger = player_of(3 - number)
    process = books.servers[number - 1]
    for path, body in bodies_of(stranger).items():
        answer = post(process, path, body, **{"Idempotency-Key": "one"})
        assert answer.status == 421, (path, answer.body)
        assert f"book_0{3 - number}" in json.dumps(answer.body)
    for path in paths_of(stranger):
        assert process.request("GET", path).status == 421, path
    assert books.execute("SELECT FROM all_books.casino_users WHERE username = %s", stranger) == []


@pytest.mark.parametrize("number", BOOKS)
@pytest.mark.parametrize("prefix", ["player", "ünï", "per%cent", 'quo"te', "plus+sign", "a/b//c"])
def test_the_router_finds_the_book_by_body_and_by_path(
    books: Books, number: int, prefix: str
) -> None:
    player = player_of(number, prefix)
    open_wallet(books, player)
    found = books.execute(
        f"SELECT count(*) FROM book_0{number}.casino_users WHERE username = %s", player
    )
    assert found == [(1,)]
    for path, body in bodies_of(player).items():
        answer = post(books.router, quote(path), body, **{"Idempotency-Key": "two"})
        assert answer.status != 421, (path, answer.body)
    for path in (*paths_of(player), *paths_of(player, safe="/")):
        assert books.router.request("GET", path).status == 200, path


@pytest.mark.parametrize("number", BOOKS)
def test_a_callback_finds_the_book_by_the_mark_of_its_token(books: Books, number: int) -> None:
    token = f"book_0{number}.not-a-token-that-was-given-out"
    body = json.dumps({"sessionToken": token}).encode()
    signature = {CASINO_SIGNATURE: sign((b"casino-secret",), body)}
    answer = books.router.post("/casino/getBalance", body, signature)
    assert (answer.status, answer.code) == (404, "SESSION_NOT_FOUND")
    other = books.servers[2 - number].post("/casino/getBalance", body, signature)
    assert (other.status, other.code) == (421, "WRONG_BOOK")


def test_a_large_body_is_routed_too(books: Books) -> None:
    for number in BOOKS:
        player = player_of(number)
        open_wallet(books, player)
        body = {
            "metadata": {"filler": "x" * 60_000},
            "user_id": player,
            "asset_code": "GC",
            "amount": 1,
            "reference_id": f"large-{player}",
        }
        answer = post(books.router, "/api/v1/wallets/topup", body)
        assert answer.status == 200, answer.body


def test_a_call_without_a_player_goes_to_the_default_players_book(books: Books) -> None:
    assert books.get("/wallet/player-001").status == 200
    answer = post(books.router, "/casino/simulateRound", {})
    # The provider is not running: this only tests that the player was found.
    assert answer.status in (502, 504), answer.body
