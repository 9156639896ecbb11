"""PostgreSQL's processes are stopped: nothing answers, and no connection is closed either."""

import contextlib
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import psutil
import pytest
import urllib3

from tests.faults import books
from tests.faults.deployed import CASINO_SECRET, Deployment, deployment, own_folder
from tests.faults.load import (
    NO_ANSWER,
    NOT_KNOWN,
    Client,
    Load,
    Sent,
    callbacks,
    events,
    launch,
    top_ups,
)
from tests.reliability import Measure


class Silence(NamedTuple):
    """How long it lasts, how long an answer may take meanwhile, and the server's limits."""

    frozen_seconds: float
    longest_seconds: float
    limits: Mapping[str, str]


LONGEST_SECONDS = 12.0
"""With the default limits: five seconds, two to spare, and then two waits for a connection."""

SHORT = Silence(10.0, 8.0, {"LOCK_TIMEOUT_MS": "500", "STATEMENT_TIMEOUT_MS": "1000"})
LONG = Silence(25.0, LONGEST_SECONDS, {})


@pytest.fixture(scope="module")
def silence(pytestconfig: pytest.Config) -> Silence:
    return LONG if pytestconfig.getoption("--long") else SHORT


@pytest.fixture(scope="module")
def deployed(database: None, silence: Silence) -> Iterator[Deployment]:
    with (
        own_folder() as folder,
        deployment(folder, apart=False, **silence.limits) as deployed,
    ):
        yield deployed


@contextlib.contextmanager
def frozen(deployed: Deployment) -> Iterator[None]:
    postmaster = deployed.database.postmaster()
    postmaster.suspend()  # first, so that it starts nothing meanwhile
    processes = [postmaster, *postmaster.children()]
    for process in processes[1:]:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()


class Stopwatch(Client):
    """Records how long each request took."""

    def __init__(self, url: str, secret: bytes) -> None:
        super().__init__(url, secret)
        self.seconds: list[float] = []

    def once(self, sent: Sent) -> Any:
        started = time.monotonic()
        answer = super().once(sent)
        self.seconds.append(time.monotonic() - started)
        return answer


class Asked(NamedTuple):
    status: int
    seconds: float


def ask(url: str, path: str) -> Asked:
    started = time.monotonic()
    headers: Mapping[str, str] = {"Accept": "text/html" if "admin" in path else "*/*"}
    response = urllib3.request("GET", url + path, headers=headers, timeout=60, retries=False)
    return Asked(response.status, time.monotonic() - started)


@pytest.mark.timeout(300)
def test_everybody_is_answered_in_time_and_nothing_is_lost(
    deployed: Deployment, silence: Silence, measure: Measure
) -> None:
    url = deployed.casino.url
    client = Stopwatch(url, CASINO_SECRET.encode())
    token = launch(client, "player-001")
    before = books.opening(deployed)
    plays = [
        callbacks([token]),
        callbacks([token, launch(client, "player-002")]),
        events("player-001", "w-001-usd", "USD"),
        top_ups("user_alice", "GOLD_COINS"),
    ]
    reads = ["/players", "/wallet/player-001", "/api/v1/wallets/user_alice/balance", "/docs"]
    with Load(client, 0, *plays) as load:
        load.wait_for_progress(20)
        with frozen(deployed), ThreadPoolExecutor(8) as threads:
            started = time.monotonic()
            read = list(threads.map(lambda path: ask(url, path), reads))
            checks = [ask(url, f"/health{which}") for which in ("", "/ready", "/live")]
            time.sleep(max(0.0, started + silence.frozen_seconds - time.monotonic()))
        thawed = time.monotonic()
        load.wait_for_progress(20)
        back_after = time.monotonic() - thawed
    assert load.faults == []

    assert [each.status for each in read] == [503, 503, 503, 200]
    assert [each.status for each in checks] == [503, 503, 200]
    assert max(each.seconds for each in checks) < 3
    slowest = max(*client.seconds, *(each.seconds for each in read))
    measure("slowest answer of a frozen database, seconds", round(slowest, 1))
    assert slowest < silence.longest_seconds
    assert set(load.statuses) <= {200, 503, NOT_KNOWN}, load.statuses
    assert load.statuses[NO_ANSWER] == 0
    assert load.statuses[503] > 0
    assert back_after < 10
    books.hold(deployed, client, load, before, measure)
