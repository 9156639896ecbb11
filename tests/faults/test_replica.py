"""A primary with a standby: who reads where, and what still works while the primary is away."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from config.embedded_postgres import running_url
from tests.casino_world import Answer
from tests.faults.deployed import CASINO_SECRET
from tests.faults.load import CALLBACKS, Client, launch, new_id
from tests.faults.standby import Primary, Standby, reading_from, replay_paused
from tests.faults.test_frozen_database import LONGEST_SECONDS, frozen
from tests.races.test_silent_database import sign_in
from tests.servers import Server, serving

AS_OF = "X-Data-As-Of"
MILLISECOND = timedelta(milliseconds=1)
READS = [
    "/players",
    "/wallet/player-001",
    "/wallet/player-001/transactions",
    "/api/v1/wallets/user_alice/balance",
    "/api/v1/wallets/user_alice/transactions",
    "/api/v1/transactions/init_alice_gold_001",
    "/assets",
    "/balance/user_alice",
    "/balance/user_alice/GC",
    "/transaction/user_alice/history",
]


@pytest.fixture(scope="module")
def client(server: Server) -> Client:
    return Client(server.url, CASINO_SECRET.encode())


class Timed:
    """Answers, each with how long it took."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.slowest_seconds = 0.0

    def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        return self._timed("GET", path, b"", headers or {})

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        return self._timed("POST", path, body, {"Content-Type": "application/json", **headers})

    def _timed(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        started = time.monotonic()
        answer = self.server.request(method, path, body, headers)
        self.slowest_seconds = max(self.slowest_seconds, time.monotonic() - started)
        return answer


@pytest.fixture
def timed(server: Server) -> Timed:
    return Timed(server)


def wait_until_present(server: Server) -> None:
    give_up_at = time.monotonic() + 20
    while server.request("GET", "/health/ready").status != 200 or is_from_replica(server):
        assert time.monotonic() < give_up_at, "the server did not notice the primary"
        time.sleep(0.1)


def is_from_replica(server: Server) -> bool:
    return AS_OF in server.request("GET", "/players").headers


def test_while_the_primary_is_there_nothing_comes_from_the_replica(server: Server) -> None:
    for path in READS:
        answer = server.request("GET", path)
        assert (answer.status, AS_OF in answer.headers) == (200, False), path


@pytest.mark.timeout(180)
def test_while_the_primary_is_frozen_reads_go_on_and_money_is_busy(
    primary: Primary, server: Server, client: Client, timed: Timed
) -> None:
    last_commit_after = datetime.now(UTC)
    token = launch(client, "player-001")
    before = {path: timed.get(path).raw for path in READS}
    time.sleep(0.5)  # the standby has replayed everything
    with frozen(primary.deployed):
        last_commit_before = datetime.now(UTC)
        with ThreadPoolExecutor(len(READS)) as threads:
            first = dict(zip(READS, threads.map(timed.get, READS), strict=True))
        assert timed.slowest_seconds < LONGEST_SECONDS

        later = Timed(server)
        again = {path: later.get(path) for path in READS}
        unknown = later.get("/wallet/nobody-at-all")
        moves = [busy_move(client, path, token) for path in ("debit", "credit", "rollback")]
        signed = [busy_move(client, what, token) for what in ("getBalance", "transactions")]
        event = later.post("/event", b'{"type": "bet"}', {})
        ready = later.get("/health/ready")
        assert later.slowest_seconds < 2

    for answers in (first, again):
        for path, answer in answers.items():
            assert (answer.status, answer.raw) == (200, before[path]), path
            as_of = datetime.fromisoformat(answer.headers[AS_OF])
            assert last_commit_after - MILLISECOND <= as_of <= last_commit_before
    assert (unknown.status, AS_OF in unknown.headers) == (404, True)
    for move in (*moves, *signed):
        assert (move.status, move.code) == (503, "BUSY")
    assert event.status in (400, 503)
    assert ready.status == 503
    wait_until_present(server)
    assert client.once(bet(client, token)).status == 200  # type: ignore[union-attr]


def bet(client: Client, token: str) -> Any:
    id_ = new_id("bet")
    fields = {"sessionToken": token, "transactionId": id_, "roundId": id_, "amount": 100}
    return client.request(CALLBACKS, "/casino/debit", id_, fields)


def busy_move(client: Client, what: str, token: str) -> Answer:
    id_ = new_id(what)
    fields = {"sessionToken": token, "transactionId": id_, "roundId": id_, "amount": 100}
    if what == "getBalance":
        fields = {"sessionToken": token}
    if what == "transactions":
        fields = {"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}
    if what == "rollback":
        fields = {"sessionToken": token, "transactionId": id_, "originalTransactionId": "x"}
    answer = client.once(client.request(CALLBACKS, f"/casino/{what}", id_, fields))
    assert answer is not None
    return answer


@pytest.mark.timeout(180)
def test_while_the_primary_is_dead_keys_open_the_replica(
    primary: Primary, standby: Standby, server: Server
) -> None:
    """The key was never used before; its first use cannot be recorded now, and need not be."""
    deployed = primary.deployed
    issued = deployed.casino.manage("create_api_key", "--name", new_id("key"), "--scope", "wallets")
    [key] = re.findall(r"ck_[\w-]+", issued.stdout)
    path = "/api/v1/wallets/user_alice/balance"
    with serving(**(reading_from(primary, standby) | {"DEMO_MODE": "false"})) as strict:
        deployed.casino.end()  # it would start the primary again
        deployed.kill_postmaster()
        started = time.monotonic()
        answer = strict.request("GET", path, headers={"Authorization": f"Bearer {key}"})
        stranger = strict.request("GET", path, headers={"Authorization": "Bearer ck_nobody"})
        top_up = strict.request("POST", "/api/v1/wallets/topup", b"{}")
        took = time.monotonic() - started
        running_url(deployed.database.data_dir)  # starts it again
        deployed.casino.start()

    assert (answer.status, AS_OF in answer.headers) == (200, True)
    assert stranger.status == 401
    assert top_up.status in (401, 503)
    assert took < LONGEST_SECONDS
    wait_until_present(server)


def test_a_replica_that_stands_still_says_from_when_its_data_are(
    primary: Primary, standby: Standby, server: Server, client: Client
) -> None:
    token = launch(client, "player-001")
    with replay_paused(standby):
        paused_at = datetime.now(UTC)
        time.sleep(0.2)
        assert client.once(bet(client, token)).status == 200  # type: ignore[union-attr]
        newest = server.request("GET", "/wallet/player-001").body
        with frozen(primary.deployed):
            answer = server.request("GET", "/wallet/player-001")
    assert answer.status == 200
    assert answer.body != newest
    assert datetime.fromisoformat(answer.headers[AS_OF]) <= paused_at
    wait_until_present(server)


def test_a_server_on_a_standby_reads_and_says_that_it_is_not_ready_for_money(
    primary: Primary, standby: Standby, client: Client
) -> None:
    """This happens after a failover if the address still leads to the old primary."""
    token = launch(client, "player-001")
    environment = primary.deployed.casino.environment | {"DATABASE_URL": standby.url}
    with serving(**environment) as on_standby:
        ready = on_standby.request("GET", "/health/ready")
        assert (ready.status, ready.body["reason"]) == (503, "read-only")
        for path in READS:
            assert on_standby.request("GET", path).status == 200, path
        there = Client(on_standby.url, CASINO_SECRET.encode())
        for what in ("debit", "credit", "rollback"):
            move = busy_move(there, what, token)
            assert (move.status, move.code) == (503, "BUSY")
        assert busy_move(there, "getBalance", token).status == 200
        for password in ("of a visitor", "wrong"):
            page = sign_in(on_standby, "visitor", password)
            assert page.status == 503
            assert b"not accepting changes at the moment. Both are needed to sign in" in page.raw
