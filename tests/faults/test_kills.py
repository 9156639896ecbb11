"""Whatever is killed under load, acknowledged requests exist once and the rest gets decided.

Workers, whole servers, PostgreSQL, and the provider in the middle of runs are killed one after the
other while clients play on. Nobody restarts anything by hand except the servers that were killed
whole. To repeat a course of kills: ``pytest tests/faults/test_kills.py --seed N``.
"""

import contextlib
import time
from collections.abc import Callable, Iterator
from functools import partial
from random import Random

import psutil
import pytest

from tests.casino_world import Play
from tests.faults import books
from tests.faults.deployed import CASINO_SECRET, Deployment, deployment, own_folder
from tests.faults.load import (
    NO_ANSWER,
    NOT_KNOWN,
    RUNS,
    Client,
    Load,
    callbacks,
    events,
    launch,
    runs,
    top_ups,
)
from tests.reliability import Measure
from tests.servers import Server, serving

PLAYERS = [f"player-{number:03}" for number in range(1, 11)]
ANSWERS_BETWEEN_KILLS = 25

Kill = Callable[[], None]


@pytest.fixture(scope="module")
def deployed(database: None) -> Iterator[Deployment]:
    with own_folder() as folder, deployment(folder) as deployed:
        yield deployed


@pytest.fixture
def client(deployed: Deployment) -> Client:
    return Client(deployed.casino.url, CASINO_SECRET.encode())


def kills(deployed: Deployment, chance: Random) -> dict[str, Kill]:
    """One kill of each kind, by the name that a report uses."""
    return {
        "a worker of the casino": partial(deployed.casino.kill_a_worker, chance),
        "the worker of the provider": partial(deployed.provider.kill_a_worker, chance),
        "the whole casino": deployed.casino.kill_and_start_again,
        "the provider in the middle of a run": partial(kill_in_the_middle_of_a_run, deployed),
        "PostgreSQL, immediate": deployed.end_postgres_at_once,
        "PostgreSQL's postmaster": deployed.kill_postmaster,
        "a backend of PostgreSQL": partial(deployed.kill_a_backend, chance),
    }


TIMES = {
    "a worker of the casino": 2,
    "the provider in the middle of a run": 2,
    "PostgreSQL, immediate": 2,
    "a backend of PostgreSQL": 2,
}
"""How often each happens in one course; the other kinds happen once."""


@pytest.mark.timeout(600)
@pytest.mark.seeds(ci=1, long=5)
def test_nothing_is_lost_and_nothing_doubled_whatever_is_killed(
    deployed: Deployment, client: Client, seed: int, measure: Measure
) -> None:
    with told_how_to_see_it_again(seed):
        play_through_kills(deployed, client, seed, measure)


@contextlib.contextmanager
def told_how_to_see_it_again(seed: int) -> Iterator[None]:
    try:
        yield
    except BaseException as fault:
        fault.add_note(f"seed {seed}; again: pytest tests/faults/test_kills.py --seed {seed}")
        raise


def play_through_kills(deployed: Deployment, client: Client, seed: int, measure: Measure) -> None:
    chance = Random(seed)
    before = books.opening(deployed)
    by_name = kills(deployed, chance)
    course = [by_name[name] for name in by_name for _ in range(TIMES.get(name, 1))]
    chance.shuffle(course)

    with Load(client, seed, *plays(client)) as load:
        load.wait_for_progress(ANSWERS_BETWEEN_KILLS)
        for kill in course:
            time.sleep(chance.uniform(0, 0.3))
            kill()
            measure("kills survived", 1)
            load.wait_for_progress(ANSWERS_BETWEEN_KILLS)
    assert load.faults == []
    recover(deployed, client, load)

    books.hold(deployed, client, load, before, measure)
    assert books.open_at_the_provider(deployed) == []
    assert books.disagreements(deployed) == []
    # Every answer was documented, nothing was refused, and the kills were noticed.
    assert set(load.statuses) <= {200, 502, 503, 504, NO_ANSWER, NOT_KNOWN}, load.statuses
    assert load.statuses[NO_ANSWER] > 0
    assert load.statuses[502] + load.statuses[503] + load.statuses[504] > 0


def plays(client: Client) -> list[Callable[[Load, Random], Iterator[None]]]:
    tokens = [launch(client, player) for player in PLAYERS]
    return [
        *[callbacks(tokens)] * 4,
        events("player-001", "w-001-usd", "USD"),
        top_ups("user_alice", "GOLD_COINS"),
        runs(PLAYERS[:5], "INR"),
        runs(PLAYERS[5:], "INR"),
    ]


def kill_in_the_middle_of_a_run(deployed: Deployment) -> None:
    """Try again if the run ended just before the kill."""
    for _ in range(10):
        running = run_under_way(deployed)
        deployed.provider.kill()
        is_cut = running in [key for _, key, _ in books.open_at_the_provider(deployed)]
        deployed.provider.end()
        deployed.provider.start()
        if is_cut:
            return
    raise AssertionError("no run was cut in ten attempts")


def run_under_way(deployed: Deployment) -> str:
    """The id of a run with a call that was just made and has no answer yet."""
    give_up_at = time.monotonic() + 30
    while time.monotonic() < give_up_at:
        if found := deployed.rows(_UNDER_WAY):
            return str(found[0][0])
        time.sleep(0.005)
    raise AssertionError("no run was under way")


_UNDER_WAY = """
SELECT r.run_id FROM provider_bet_attempts a
JOIN provider_bets b ON b.id = a.bet_id JOIN provider_runs r ON r.id = b.run_id
WHERE a.verdict = 'IN_FLIGHT' AND a.sent_at > clock_timestamp() - interval '1 s'
"""


def recover(deployed: Deployment, client: Client, load: Load) -> None:
    """The provider settles what was cut; then every run has an answer, the same one twice."""
    done = deployed.provider.manage("recover_provider", "--grace-seconds", "0")
    assert done.returncode == 0, done.stdout + done.stderr
    assert books.open_at_the_provider(deployed) == []
    for sent in load.of(RUNS):
        first = sent.acknowledged
        again = client.until_decided(sent)
        assert again.status == 200, again.raw
        assert again.body["consistent"] is True, again.raw
        if first is not None:
            assert transaction_ids(first.body["steps"]) == transaction_ids(again.body["steps"])


def transaction_ids(steps: list[dict[str, dict[str, str]]]) -> list[str | None]:
    return [step["request"].get("transactionId") for step in steps]


def test_a_worker_that_dies_again_at_once_is_begun_again_too(play: Play, measure: Measure) -> None:
    """The server does not give up, as it must not when memory runs short."""
    with serving(workers=1) as server:
        for _ in range(3):
            [worker] = server.workers
            worker.kill()
            measure("kills survived", 1)
            wait_for_another_worker(server, worker)
            assert f"worker {worker.pid} ended (signal 9); another one starts" in server.new_log()

        client = Client(server.url, play.secret, play.session.provider.code)
        sent = client.request("callbacks", "/casino/debit", "", play.movement(100))
        assert client.until_decided(sent).status == 200


def wait_for_another_worker(server: Server, dead: psutil.Process) -> None:
    give_up_at = time.monotonic() + 30
    while not [each for each in server.workers if each != dead]:
        assert server.process.poll() is None, server.new_log()
        assert time.monotonic() < give_up_at, server.new_log()
        time.sleep(0.02)
