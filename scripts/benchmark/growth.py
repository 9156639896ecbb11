"""Sends the same requests to ledgers of different sizes, to measure what a full table costs."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

from django.contrib.auth import get_user_model
from django.test import Client

from scripts.benchmark import databases, load, population, requests, servers
from scripts.benchmark.arguments import Options
from scripts.benchmark.load import Run
from scripts.benchmark.requests import Workload
from scripts.benchmark.scenarios import DEBIT, Results, Scenario, measure, primed
from scripts.benchmark.servers import Server
from scripts.setup.terminal import step

CONNECTIONS = 8
READ_SECONDS = 2.0
WARM_UP_SECONDS = 10.0
"""After a checkpoint, such as the one at the end of loading, PostgreSQL writes a page whole when it
is changed for the first time. A small table is through with that at once, a large one is not."""


def name_of(size: int) -> str:
    return f"grown_{size}"


def named(what: str, size: int) -> str:
    return f"{what}, {size:,} transactions"


def fill(options: Options) -> None:
    """Make a database of each size; each begins as a copy of the previous one."""
    before, lived = "seeded", 0
    for size in options.growth:
        with step(f"loading {size:,} transactions", f"{size:,} transactions loaded"):
            databases.copy(before, name_of(size))
            if size > lived:
                population.live_through(name_of(size), size - lived)
        before, lived = name_of(size), size


def measure_growth(options: Options) -> Results:
    with ExitStack() as held:
        scenarios: list[Scenario] = []
        for size in options.growth:
            cookie = _sign_in(name_of(size))
            server = held.enter_context(servers.serving(name_of(size)))
            primed(server)
            if not options.quick:
                load.run(server, requests.debits(), seconds=WARM_UP_SECONDS, connections=32)
            scenarios += _of_size(size, server, cookie, options)
        scenarios.sort(key=lambda scenario: scenario.section)  # sizes side by side
        return measure(scenarios, options.passes)


READS = ("getBalance", "history page", "GET /players", "admin's transactions")


def _of_size(size: int, server: Server, cookie: str, options: Options) -> Iterator[Scenario]:
    def of(
        what: str, workload: Callable[[], Workload], expected: bytes, connections: int = CONNECTIONS
    ) -> Scenario:
        def run() -> Run:
            return load.run(
                server,
                workload(),
                seconds=options.seconds if what == DEBIT else min(READ_SECONDS, options.seconds),
                connections=connections,
                expected=expected,
            )

        return Scenario(what, named(what, size), connections, run)

    balance, history, players, admin = READS
    yield of(DEBIT, requests.debits, load.SUCCESS)
    yield of(balance, requests.balances, load.SUCCESS)
    yield of(
        history,
        lambda: requests.gets(lambda seat: f"/wallet/{seat.player_id}/transactions?limit=50"),
        b'"transactions":[{',
    )
    yield of(
        players,
        lambda: requests.gets(lambda _seat: "/players?after=player-05000"),
        b'"wallet_id"',
        connections=1,
    )
    yield of(
        admin,
        lambda: requests.gets(
            lambda _seat: "/admin/casino/transaction/", {"Cookie": f"sessionid={cookie}"}
        ),
        b"result_list",
        connections=1,
    )


def _sign_in(database: str) -> str:
    """Sign in to the admin; returns the session's cookie."""
    with databases.at(database):
        admin = get_user_model()._default_manager.create_superuser("bench", password=None)
        client = Client()
        client.force_login(admin)
        return str(client.cookies["sessionid"].value)
