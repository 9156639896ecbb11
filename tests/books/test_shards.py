"""Reading past Citus: a move of the book cannot overtake it, and is found out afterwards."""

import contextlib
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any, cast

from casino.ledger.locks import BY_ID
from casino.ledger.pipeline import MoneyTransaction
from casino.ledger.prepared import Call
from casino.ledger.shards import Shards, shards_at
from casino.ledger.statements import NOTHING
from config.postgres.connection import Connection
from tests.books.citus import Node
from tests.books.deployment import OnCitus, needs_citus

pytestmark = needs_citus

BOOK = "book_02"


@contextlib.contextmanager
def connected(node: Node) -> Iterator[Connection]:
    options = f"-c search_path={BOOK},public"
    with Connection.connect(node.url, autocommit=True, options=options) as connection:
        connection.patience_seconds = None
        yield connection


@contextlib.contextmanager
def transaction_of(connection: Connection) -> Iterator[MoneyTransaction]:
    loan = SimpleNamespace(connection=connection, milliseconds_left=lambda: None)
    running = MoneyTransaction(cast(Any, loan))
    try:
        yield running
    finally:
        running.end()


def shards_on(node: Node) -> Shards | None:
    with connected(node) as connection, connection.cursor() as cursor:
        return shards_at(cursor)


def lock_of_a_wallet(node: Node) -> Call:
    with connected(node) as connection:
        query = "SELECT wallet_id FROM casino_wallets LIMIT 1"
        [wallet_id] = cast(tuple[str], connection.execute(query).fetchone())
    return BY_ID.locking(waits=True), {"wallet_id": wallet_id}


def test_only_the_books_own_node_has_its_shards(on_citus: OnCitus) -> None:
    origin = on_citus.node_of(BOOK)
    assert [node for node in on_citus.nodes if shards_on(node)] == [origin]


def test_a_move_waits_for_who_reads_and_is_found_out_afterwards(on_citus: OnCitus) -> None:
    books = on_citus.books
    origin = on_citus.node_of(BOOK)
    target = next(node for node in on_citus.nodes[1:] if node is not origin)
    shards, lock = shards_on(origin), lock_of_a_wallet(origin)
    assert shards is not None
    with ThreadPoolExecutor(1) as pool, connected(origin) as connection:
        with transaction_of(connection) as running:
            rows = shards.begin(running, [lock])
            assert rows is not None
            assert rows[0] == running.go_on([lock])[0]
            moving = pool.submit(books.command, "books", "move", BOOK, target.address)
            time.sleep(15)
            assert not moving.done()
            assert on_citus.node_of(BOOK) is origin
        assert moving.result().returncode == 0
        assert on_citus.node_of(BOOK) is target
        with transaction_of(connection) as running:
            assert shards.begin(running, [lock]) is None
            assert running.begin([lock]) == rows
    with connected(origin) as connection, transaction_of(connection) as running:
        assert shards.begin(running, [lock]) is None
    assert books.command("books", "move", BOOK, origin.address).returncode == 0


def test_shards_that_are_no_longer_in_use_are_not_believed(on_citus: OnCitus) -> None:
    """Citus removes what a move has left behind, but not always at once."""
    origin = on_citus.node_of(BOOK)
    shards, lock = shards_on(origin), lock_of_a_wallet(origin)
    assert shards is not None
    moved = (
        "UPDATE pg_dist_placement SET groupid = (SELECT max(groupid) + 1 FROM pg_dist_node)"
        " WHERE groupid = (SELECT groupid FROM pg_dist_local_group)"
    )
    with connected(origin) as connection, transaction_of(connection) as running:
        connection.pgconn.exec_(b"BEGIN")
        connection.pgconn.exec_(moved.encode())
        assert shards.begin(running, [lock]) is None
        assert shards.begin(running, [lock]) is not None


def test_many_calls_are_one_statement_past_citus_and_through_it(on_citus: OnCitus) -> None:
    origin = on_citus.node_of(BOOK)
    shards = shards_on(origin)
    assert shards is not None
    with connected(origin) as connection, transaction_of(connection) as running:
        query = "SELECT wallet_id FROM casino_wallets LIMIT 3"
        wallets = [{"wallet_id": found} for (found,) in connection.execute(query).fetchall()]
        assert len(wallets) > 1
        asked = {"source": "test", "external_id": "unknown"}
        locks: list[Call] = [(BY_ID.locking(waits=False), wallet) for wallet in wallets]
        looks = [(BY_ID.looking(NOTHING), {**asked, **wallet}) for wallet in wallets]
        alone = [running.go_on([call])[0] for call in locks]
        together = running.begin([*locks, *looks])
        running.end()
        past_citus = shards.begin(running, [*locks, *looks])

    assert past_citus is not None
    assert None not in alone
    assert together[: len(locks)] == past_citus[: len(locks)] == alone
    assert [row and row[1:] for row in together] == [row and row[1:] for row in past_citus]
