"""A server that waits for standbys before it confirms a COMMIT, but no standby answers."""

import contextlib
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import psycopg
import pytest

from config.embedded_postgres import ROLE, SUPERUSER, running_url
from tests.casino_world import Answer
from tests.faults.deployed import CASINO_SECRET, Deployment, deployment, own_folder
from tests.faults.load import CALLBACKS, Client, Sent, launch, new_id

_WAITING = """
SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND usename = 'casino'
"""


class Primary:
    """The server, used as its superuser."""

    def __init__(self, deployed: Deployment) -> None:
        self.deployed = deployed

    def execute(self, *statements: str) -> None:
        url = running_url(self.deployed.database.data_dir, ROLE, SUPERUSER)
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    @contextlib.contextmanager
    def waiting_for_standbys(self) -> Iterator[None]:
        names = "ALTER SYSTEM SET synchronous_standby_names"
        self.execute(f"{names} = 'nobody'", "SELECT pg_reload_conf()")
        try:
            yield
        finally:
            self.execute(f"{names} = ''", "SELECT pg_reload_conf()")

    def wait_for_a_waiting_backend(self) -> int:
        """The process id of the one backend that waits for a standby."""
        give_up_at = time.monotonic() + 20
        while not (waiting := self.deployed.rows(_WAITING)):
            assert time.monotonic() < give_up_at, "nobody waits for a standby"
            time.sleep(0.02)
        [[pid]] = waiting
        return int(pid)

    def end_the_wait(self, function: str) -> None:
        """End the wait of the one waiting backend, with ``pg_cancel_backend`` or the like."""
        self.execute(f"SELECT {function}({self.wait_for_a_waiting_backend()})")


@pytest.fixture(scope="module")
def primary(database: None) -> Iterator[Primary]:
    with own_folder() as folder, deployment(folder, apart=False) as deployed:
        primary = Primary(deployed)
        primary.execute(
            "ALTER SYSTEM SET wal_level = replica", "ALTER SYSTEM SET max_wal_senders = 4"
        )
        deployed.end_postgres_at_once()  # the server starts it again
        client = Client(deployed.casino.url, CASINO_SECRET.encode())
        launch(client, "player-001")
        yield primary


@pytest.fixture(scope="module")
def client(primary: Primary) -> Client:
    return Client(primary.deployed.casino.url, CASINO_SECRET.encode())


def bet(client: Client) -> Sent:
    token = launch(client, "player-001")
    fields = {
        "sessionToken": token,
        "transactionId": new_id("bet"),
        "roundId": new_id("round"),
        "amount": 100,
    }
    return client.request(CALLBACKS, "/casino/debit", fields["transactionId"], fields)


def stands(primary: Primary, sent: Sent) -> bool:
    found = primary.deployed.rows(
        "SELECT FROM casino_transactions WHERE external_transaction_id = %(id)s", id=sent.id
    )
    return len(found) == 1


@pytest.mark.parametrize("end", ["pg_cancel_backend", "pg_terminate_backend"])
def test_a_wait_for_a_standby_that_is_ended_is_neither_busy_nor_a_success(
    primary: Primary, client: Client, end: str
) -> None:
    """By then the transaction is committed on this server, and would be lost with it."""
    sent = bet(client)
    with ThreadPoolExecutor(1) as thread, primary.waiting_for_standbys():
        asked: Future[Answer | None] = thread.submit(client.once, sent)
        primary.end_the_wait(end)
        answer = asked.result(timeout=20)
    again = client.once(sent)

    assert answer is not None
    assert again is not None
    assert stands(primary, sent)
    assert (answer.status, answer.code) == (500, "INTERNAL_ERROR")
    assert (again.status, again.is_replay) == (200, True)


def test_a_replay_waits_for_the_standby_as_the_first_answer_did(
    primary: Primary, client: Client
) -> None:
    """Otherwise a caller would hear of a bet that perhaps only this server has."""
    sent = bet(client)
    first = client.once(sent)
    with ThreadPoolExecutor(1) as thread, primary.waiting_for_standbys():
        asked: Future[Answer | None] = thread.submit(client.once, sent)
        primary.wait_for_a_waiting_backend()
        assert not asked.done()
    again = asked.result(timeout=20)

    assert first is not None
    assert again is not None
    assert (again.status, again.is_replay, again.raw) == (200, True, first.raw)
