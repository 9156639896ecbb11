"""Many simultaneous calls that call back, and partners that hang: no call is left waiting.

Both services share the processes of one server, so a spin occupies a thread that waits for a
callback to the same threads.
"""

import json
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

import pytest
import urllib3

from tests.casino_world import Answer
from tests.end_to_end.two_services import Service, fresh_service
from tests.factories import unique

PLAYERS = [f"player-{number:03}" for number in range(1, 11)]
THREADS = 2 * 32
AT_ONCE = THREADS + 16


@pytest.fixture(scope="module")
def both(database: None, no_rate_limits: None) -> Iterator[Service]:
    """Casino and provider in one server with two workers of 32 threads, half of the default."""
    with fresh_service("casino") as service:
        service.workers = 2
        service.environment |= {
            "SERVICES": "casino,provider",
            "CASINO_URL": service.url,
            "PROVIDER_URL": service.url,
            "BLOCKING_THREADS": str(THREADS // 2),
            "PROVIDER_READ_TIMEOUT_MS": "3000",
        }
        service.set_up()
        service.start()
        yield service
        audit = service.manage("audit_ledger")
        assert audit.returncode == 0, audit.stdout + audit.stderr


@dataclass(frozen=True)
class Timed:
    answer: Answer
    seconds: float


class Crowd:
    """Callers that each have a connection, and that all call at the same time."""

    def __init__(self, url: str, size: int) -> None:
        self._url = url
        self._threads = ThreadPoolExecutor(size)
        self._pool = urllib3.PoolManager(maxsize=size, retries=False, timeout=60)

    def post(self, path: str, fields: dict[str, Any]) -> "Future[Timed]":
        return self._threads.submit(self._ask, "POST", path, json.dumps(fields).encode())

    def get(self, path: str) -> "Future[Timed]":
        return self._threads.submit(self._ask, "GET", path, b"")

    def _ask(self, method: str, path: str, body: bytes) -> Timed:
        headers = {"Content-Type": "application/json"}
        started = time.monotonic()
        response = self._pool.request(method, self._url + path, body=body, headers=headers)
        content = json.loads(response.data)
        answer = Answer(response.status, content, response.data, response.headers)
        return Timed(answer, time.monotonic() - started)

    def close(self) -> None:
        self._threads.shutdown()
        self._pool.clear()


@contextmanager
def crowd(service: Service, size: int = AT_ONCE + 20) -> Iterator[Crowd]:
    callers = Crowd(service.url, size)
    yield callers
    callers.close()


def launch(service: Service, player_id: str, game_id: str = "lucky-sevens") -> str:
    """Return the path of the game page."""
    assert service.server is not None
    fields = {"playerId": player_id, "gameId": game_id, "currency": "EUR"}
    answer = service.server.post("/casino/launchGame", json.dumps(fields).encode())
    assert answer.status == 200, answer.body
    return str(answer.body["launchUrl"]).removeprefix(service.url)


def results(futures: Sequence["Future[Timed]"]) -> list[Timed]:
    return [future.result() for future in futures]


def is_busy(timed: Timed) -> bool:
    answer = timed.answer
    if answer.status != 503:
        return False
    assert answer.body["code"] == "BUSY"
    assert int(answer.headers["Retry-After"]) >= 1
    return True


def until_played(crowd: Crowd, spins: dict[str, str]) -> None:
    """Send the spins, by spin id, until all are played. Every request gets an answer soon."""
    open_spins = dict(spins)
    give_up_at = time.monotonic() + 90
    while open_spins and time.monotonic() < give_up_at:
        asked = {
            spin_id: crowd.post(f"{path}/spin", {"spinId": spin_id, "stake": 100})
            for spin_id, path in open_spins.items()
        }
        for spin_id, future in asked.items():
            timed = future.result()
            assert timed.answer.status == 200 or is_busy(timed), timed.answer.body
            assert timed.seconds < 22
            if timed.answer.status == 200:
                del open_spins[spin_id]
        time.sleep(0.5)
    assert open_spins == {}


def test_more_spins_at_once_than_threads_are_played_or_told_to_come_again(both: Service) -> None:
    paths = [launch(both, player) for player in PLAYERS for _ in range(4)]
    spins = {unique("spin"): paths[number % len(paths)] for number in range(AT_ONCE)}
    with crowd(both) as callers:
        callers.get("/health/live").result()
        asked = [
            callers.post(f"{path}/spin", {"spinId": spin_id, "stake": 100})
            for spin_id, path in spins.items()
        ]
        time.sleep(0.2)
        others = results([callers.get("/health/live") for _ in range(10)])
        first = results(asked)
        statuses = Counter(timed.answer.status for timed in first)
        assert set(statuses) <= {200, 503}, statuses
        assert all(is_busy(timed) for timed in first if timed.answer.status == 503)
        assert statuses[200] >= 10
        assert max(timed.seconds for timed in first) < 22
        assert max(timed.seconds for timed in others) < 12
        until_played(callers, spins)
    ((played, paid),) = both.rows(
        "SELECT count(*) FILTER (WHERE transaction_type = 'BET'), "
        "count(*) FILTER (WHERE transaction_type = 'WIN') "
        "FROM casino_transactions WHERE external_transaction_id LIKE 'spin-%%'"
    )
    assert (played, paid) == (AT_ONCE, AT_ONCE)


def test_rounds_and_spins_at_once_come_to_their_end(both: Service) -> None:
    """A round occupies a thread at the casino and one at the provider, which calls back."""
    paths = [launch(both, player) for player in PLAYERS]
    spins = {unique("spin"): path for path in paths for _ in range(2)}
    with crowd(both) as callers:
        rounds = [
            callers.post("/casino/simulateRound", {"runId": unique("run"), "playerId": player})
            for player in PLAYERS * 2
        ]
        until_played(callers, spins)
        told = results(rounds)
    assert {timed.answer.status for timed in told} <= {200, 503}
    assert max(timed.seconds for timed in told) < 30
    assert all(timed.answer.body["consistent"] for timed in told if timed.answer.status == 200)


# ---- partners that hang -------------------------------------------------------------------------


@contextmanager
def hanging() -> Iterator[str]:
    """The address of a server that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def run_in(service: Service, code: str) -> None:
    done = service.manage("shell", "--no-imports", "-c", code)
    assert done.returncode == 0, done.stderr


def flooded(
    callers: Crowd, flood: Callable[[], list["Future[Timed]"]], healthy: Callable[[], float]
) -> list[Timed]:
    """Repeat ``healthy`` while a flood of requests waits for the partner that hangs."""
    waiting = flood()
    time.sleep(0.5)
    took: list[float] = []
    while len(took) < 10 and not all(future.done() for future in waiting):
        took.append(healthy())
    assert len(took) >= 2, "the flood ended too early"
    told = results(waiting)
    assert median(took) < 2.5, "the healthy partner waited for the one that hangs"
    return told


def test_a_provider_that_hangs_does_not_hold_up_launches_at_another(both: Service) -> None:
    with hanging() as url, crowd(both) as callers:
        run_in(
            both,
            "from casino.models import *; p = GameProvider.objects.create(code='hung', name='Hung',"
            f" api_endpoint='{url}', secret_key='a', provider_secret='b');"
            " Game.objects.create(provider_game_id='hung-game', name='Hung', provider=p)",
        )

        def flood() -> list["Future[Timed]"]:
            fields = {"gameId": "hung-game", "currency": "EUR"}
            return [
                callers.post("/casino/launchGame", {**fields, "playerId": player})
                for player in PLAYERS * 7
            ]

        def healthy() -> float:
            started = time.monotonic()
            launch(both, "player-001")
            return time.monotonic() - started

        told = flooded(callers, flood, healthy)
    statuses = Counter(timed.answer.status for timed in told)
    assert set(statuses) == {503, 504}, statuses
    assert all(is_busy(timed) for timed in told if timed.answer.status == 503)


@pytest.fixture
def asking_once(both: Service) -> Iterator[Service]:
    """The provider soon gives up on a casino that does not answer."""
    usual = both.environment
    both.environment = {**usual, "PROVIDER_CALL_ATTEMPTS": "1"}
    both.restart()
    yield both
    both.environment = usual
    both.restart()


def test_a_casino_that_hangs_does_not_hold_up_spins_at_another(asking_once: Service) -> None:
    both = asking_once
    with hanging() as url, crowd(both) as callers:
        run_in(
            both,
            "from datetime import timedelta; from django.utils import timezone;"
            "from config.wire.tokens import token_digest; from provider.models import *;"
            f"c = Casino.objects.create(code='hung', name='Hung', base_url='{url}',"
            " casino_secret='a', provider_secret='b');"
            "u = Customer.objects.create(casino=c, casino_code='hung', player_id='p');"
            "g = Game.objects.get(game_id='lucky-sevens');"
            "[Session.objects.create(casino=c, customer=u, game=g, currency='EUR',"
            " expires_at=timezone.now() + timedelta(1), provider_session_id=f'hung-{n}',"
            " session_token=f'hung-{n}', session_token_digest=token_digest(f'hung-{n}'),"
            " launch_token=f'hung-{n}', launch_token_digest=token_digest(f'hung-{n}'))"
            " for n in range(40)]",
        )
        path = launch(both, "player-001")

        def flood() -> list["Future[Timed]"]:
            return [
                callers.post(
                    f"/provider/play/hung-{number % 40}/spin",
                    {"spinId": unique("spin"), "stake": 100},
                )
                for number in range(AT_ONCE)
            ]

        def healthy() -> float:
            started = time.monotonic()
            fields = {"spinId": unique("spin"), "stake": 100}
            assert callers.post(f"{path}/spin", fields).result().answer.status == 200
            return time.monotonic() - started

        told = flooded(callers, flood, healthy)
    statuses = Counter(timed.answer.status for timed in told)
    assert set(statuses) == {503, 504}, statuses


def test_one_player_cannot_take_all_the_places(both: Service) -> None:
    """Another player's spin is played while one player sends a hundred at the same time."""
    mine, theirs = launch(both, "player-001"), launch(both, "player-002")
    with crowd(both) as callers:
        asked = [
            callers.post(f"{mine}/spin", {"spinId": unique("spin"), "stake": 100})
            for _ in range(100)
        ]
        fields = {"spinId": unique("spin"), "stake": 100}
        other = callers.post(f"{theirs}/spin", fields).result()
        told = results(asked)
    assert other.answer.status == 200
    assert {timed.answer.status for timed in told} == {200, 503}
