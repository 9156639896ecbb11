"""What holds for books on a real Citus: play, a book that is moved, a node that dies."""

import contextlib
import json
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from config.wire.signing import CASINO_SIGNATURE, sign
from tests.books.conftest import Books, player_of
from tests.books.deployment import OnCitus, needs_citus
from tests.casino_world import Answer
from tests.reliability import Measure

pytestmark = needs_citus


def top_up(books: Books, user: str) -> Answer:
    body = {"user_id": user, "asset_code": "GC", "amount": 1, "reference_id": uuid.uuid4().hex}
    return books.router.post("/api/v1/wallets/topup", json.dumps(body).encode())


def open_wallets(books: Books, number: int, wallets: int) -> list[str]:
    players = [player_of(number, f"w{each}") for each in range(wallets)]
    for player in players:
        body = json.dumps({"user_id": player, "asset_code": "GC"}).encode()
        assert books.router.post("/api/v1/wallets", body).status in (201, 409)
    return players


@contextlib.contextmanager
def under_load(books: Books, number: int, threads: int = 8) -> Iterator[list[tuple[float, int]]]:
    """Move money of one book's players; yield the seconds and statuses of the answers."""
    answers: list[tuple[float, int]] = []
    stop = Event()

    def play(player: str) -> None:
        while not stop.is_set():
            began = time.monotonic()
            status = top_up(books, player).status
            answers.append((time.monotonic() - began, status))

    players = open_wallets(books, number, threads)
    with ThreadPoolExecutor(threads) as pool:
        plays = [pool.submit(play, player) for player in players]
        try:
            yield answers
        finally:
            stop.set()
        for each in plays:
            each.result()


def test_a_round_works_for_players_of_both_books(on_citus: OnCitus) -> None:
    for number in (1, 2):
        player = next(
            each for each in ("player-001", "player-005") if each in players_in(on_citus, number)
        )
        answer = on_citus.books.router.post(
            "/casino/simulateRound", json.dumps({"playerId": player}).encode()
        )
        assert (answer.status, answer.body.get("outcome")) == (200, "completed"), answer.body
        assert answer.body["consistent"] is True
        token = answer.body["steps"][0]["request"]["sessionToken"]
        assert token.startswith(f"book_0{number}.")


def players_in(on_citus: OnCitus, number: int) -> set[object]:
    rows = on_citus.books.execute(f"SELECT username FROM book_0{number}.casino_users")
    return {name for (name,) in rows}


def test_what_is_of_all_books_is_the_same_from_every_node(on_citus: OnCitus) -> None:
    first, second = (on_citus.books.get("/players", book=number).raw for number in (1, 2))
    assert first == second
    assert len(json.loads(first)) >= 12


def test_fifty_equal_requests_move_money_once(on_citus: OnCitus) -> None:
    books = on_citus.books
    [player] = open_wallets(books, 1, 1)
    before = books.get(f"/balance/{player}/GC").body["balance"]
    body = {"user_id": player, "asset_code": "GC", "amount": 5, "reference_id": "fifty"}
    with ThreadPoolExecutor(50) as pool:
        answers = list(
            pool.map(
                lambda _: books.router.post("/api/v1/wallets/topup", json.dumps(body).encode()),
                range(50),
            )
        )
    raw = {answer.raw for answer in answers if answer.status == 200}
    assert len(raw) == 1
    assert {answer.status for answer in answers} <= {200, 503}
    assert books.get(f"/balance/{player}/GC").body["balance"] == before + 5


def test_one_id_of_two_players_is_a_conflict_even_if_both_come_together(on_citus: OnCitus) -> None:
    """On Citus, the names of constraints end with the number of a shard."""
    books = on_citus.books
    players = open_wallets(books, 1, 8)
    for number in range(5):

        def use(player: str, reference: str = f"of-several-{number}") -> int:
            body = {"user_id": player, "asset_code": "GC", "amount": 5, "reference_id": reference}
            sent = json.dumps(body).encode()
            return books.router.post("/api/v1/wallets/topup", sent).status

        with ThreadPoolExecutor(8) as pool:
            statuses = sorted(pool.map(use, players))
        assert statuses == [200, *[409] * 7]


def test_a_book_is_moved_under_load_without_a_refusal_or_a_loss(
    on_citus: OnCitus, measure: Measure
) -> None:
    books = on_citus.books
    origin = on_citus.node_of("book_01")
    target = next(node for node in on_citus.nodes[1:] if node is not origin)
    began_with = rows_of(books, "book_01")
    with under_load(books, 1) as answers:
        time.sleep(1)
        began = time.monotonic()
        moved = books.command("books", "move", "book_01", target.address)
        seconds = time.monotonic() - began
        time.sleep(1)
    assert moved.returncode == 0, moved.stderr
    assert on_citus.node_of("book_01") is target
    assert "moved to another node" in books.servers[0].new_log()
    assert {status for _, status in answers} == {200}
    assert rows_of(books, "book_01") == began_with + len(answers)
    assert books.command("books", "audit").returncode == 0
    measure("a book moved under load: milliseconds", int(seconds * 1000))
    measure("a book moved under load: requests meanwhile, all 200", len(answers))
    slowest = max(taken for taken, _ in answers)
    measure("a book moved under load: slowest request, milliseconds", int(slowest * 1000))
    assert books.command("books", "move", "book_01", origin.address).returncode == 0


def rows_of(books: Books, book: str) -> int:
    [(rows,)] = books.execute(f"SELECT count(*) FROM {book}.casino_transactions")
    return int(str(rows))


def test_a_dead_node_stops_its_own_book_only(on_citus: OnCitus, measure: Measure) -> None:
    books = on_citus.books
    node = on_citus.node_of("book_02")
    [here], [there] = open_wallets(books, 2, 1), open_wallets(books, 1, 1)
    node.stop("immediate")
    try:
        began = time.monotonic()
        refused = top_up(books, here)
        assert refused.status == 503
        measure("a node died: milliseconds until BUSY", int((time.monotonic() - began) * 1000))
        assert time.monotonic() - began < 10
        assert books.get("/health", book=2).status == 503
        assert books.get("/health", book=1).status == 200
        for _ in range(20):
            assert top_up(books, there).status == 200
    finally:
        node.start()
    give_up_at = time.monotonic() + 20
    while top_up(books, here).status != 200:
        assert time.monotonic() < give_up_at
        time.sleep(0.2)
    assert all(top_up(books, here).status == 200 for _ in range(8))
    assert books.get("/health", book=2).status == 200
    assert books.command("books", "audit").returncode == 0


def test_the_providers_feed_has_the_rounds_of_both_books(on_citus: OnCitus) -> None:
    body = json.dumps({"from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}).encode()
    signature = {CASINO_SIGNATURE: sign((b"casino-secret",), body)}
    pages = [
        server.post("/casino/transactions", body, signature).body
        for server in on_citus.books.servers
    ]
    assert pages[0] == pages[1]
    players = {each["playerId"] for each in pages[0]["transactions"]}
    assert {"player-001", "player-005"} <= players
