"""Puts a server under load for some seconds, measures times and CPU, and checks the cents."""

import pickle
import subprocess
import sys
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from django.db import connection

from scripts.benchmark import databases, probes, processes
from scripts.benchmark.generator import Job, Outcome
from scripts.benchmark.requests import Request, Workload
from scripts.benchmark.servers import Server
from scripts.setup import ROOT, SetupError
from scripts.setup.terminal import say

SUCCESS = b'"status":"success"'
OPEN_LOOP_CONNECTIONS = 64
MOST_A_SECOND = 4_000
"""More than a server here can serve; this many requests per second are made and signed beforehand.
"""


@dataclass(slots=True)
class Run:
    """One measurement. CPU in seconds; latencies in nanoseconds, in the order of the answers."""

    requests: int
    seconds: float
    latencies: "array[int]" = field(repr=False)
    app_cpu: float = 0.0
    database_cpu: float = 0.0
    generator_cpu: float = 0.0
    wrong: int = 0
    together: float | None = None
    """The share of the operations that shared a database transaction with others."""

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


class LostMoneyError(Exception):
    """The balances are not what the accepted requests should have made them."""


def stored_money(server: Server) -> int:
    """The sum of all balances, whatever their currency."""
    with databases.at(server.database), connection.cursor() as cursor:
        cursor.execute("SELECT sum(playable_balance)::bigint FROM casino_wallets")
        return int(cursor.fetchone()[0])


def run(
    server: Server,
    workload: Workload,
    *,
    seconds: float,
    connections: int = 1,
    rate_per_second: float | None = None,
    most_per_second: int = MOST_A_SECOND,
    expected: bytes = SUCCESS,
    money: Callable[[Server], int] = stored_money,
) -> Run:
    """A closed loop over ``connections``, or a fixed rate. Counts the cents afterwards.

    ``money`` returns the sum of the balances. Raises LostMoneyError.
    """
    wanted = int(seconds * (rate_per_second or most_per_second))
    requests = list(islice(workload, wanted))
    if rate_per_second is not None:
        connections = OPEN_LOOP_CONNECTIONS
    lanes = _lanes(requests, connections)
    job = Job(
        server.port,
        [[request.content for request in lane] for lane in lanes],
        seconds,
        rate_per_second,
        expected,
    )
    before, posted = money(server), probes.postings(server)
    outcome, app_cpu, database_cpu = generate(server, job)
    sent = requests
    if rate_per_second is None:
        sent = []
        for lane, answered in zip(lanes, outcome.sent, strict=True):
            sent += lane[:answered]
    if outcome.wrong:
        say(f"    {outcome.wrong} answers were wrong; one: {outcome.examples[0]!r}")
    else:
        _require_cents(money(server) - before, sent)
    return Run(
        len(sent),
        outcome.seconds,
        outcome.latencies,
        app_cpu,
        database_cpu,
        outcome.cpu_seconds,
        outcome.wrong,
        probes.share_together(posted, probes.postings(server)),
    )


def _require_cents(moved: int, sent: Sequence[Request]) -> None:
    due = sum(request.effect for request in sent)
    if moved != due:
        raise LostMoneyError(f"the balances changed by {moved}, but should have by {due}")


def _lanes(requests: Sequence[Request], connections: int) -> list[list[Request]]:
    """Twenty neighbours share a lane, so that a request comes after the one it refers to."""
    lanes: list[list[Request]] = [[] for _ in range(connections)]
    for start in range(0, len(requests), 20):
        lanes[start // 20 % connections] += requests[start : start + 20]
    return [lane for lane in lanes if lane]


def generate(server: Server, job: Job) -> tuple[Outcome, float, float]:
    """Do a job in a process of its own. Returns the outcome, and the CPU seconds of the server's
    processes and of PostgreSQL's.
    """
    postmaster = databases.postmaster_pid()
    with subprocess.Popen(
        [sys.executable, "-m", "scripts.benchmark.generate"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,  # so that Ctrl-C reaches only this process, which ends it
    ) as generator:
        assert generator.stdin is not None
        assert generator.stdout is not None
        try:
            pickle.dump(job, generator.stdin)
            generator.stdin.flush()
            if generator.stdout.readline() != b"ready\n":
                raise SetupError("the load generator did not start")
            app, database = processes.cpu_seconds(server.pid), processes.cpu_seconds(postmaster)
            generator.stdin.write(b"!")
            generator.stdin.flush()
            outcome: Outcome = pickle.load(generator.stdout)  # noqa: S301 - our own child wrote it
            app = processes.cpu_seconds(server.pid) - app
            database = processes.cpu_seconds(postmaster) - database
        finally:
            generator.kill()
    return outcome, app, database
