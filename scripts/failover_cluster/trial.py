"""Runs the cases one after the other, under load through two app processes, and judges each."""

import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.embedded_postgres import EmbeddedPostgresError
from config.embedded_postgres.accounts import account_of
from config.embedded_postgres.layout import Folder
from scripts.failover_cluster import ledger, pooler, programs
from scripts.failover_cluster.building import build
from scripts.failover_cluster.cases import Case
from scripts.failover_cluster.cluster import Cluster
from scripts.failover_cluster.ledger import Verdict
from scripts.failover_cluster.load import NOT_KNOWN, TIMED_OUT, Load, Sent
from scripts.failover_cluster.place import Place
from scripts.failover_cluster.restoring import back_up
from scripts.setup import ROOT, SetupError
from scripts.setup.own_server import OWN_ENVIRONMENT, Server
from scripts.setup.terminal import step

WAYS = {
    "haproxy": "through HAProxy",
    "hosts": "with all hosts in `DATABASE_URL`",
    "pgbouncer": "through PgBouncer and HAProxy",
}
SLOWEST_SECONDS = 12.0
EXPECTED = {200, 503, TIMED_OUT, NOT_KNOWN}
_APPS = 2
_ANSWERS_BEFORE, _ANSWERS_AFTER = 10, 10
"""This many for each player, before a case begins and after it."""
_SET_UP = "from scripts.setup import database as d; d.load_django(); d.prepare(for_people=False)"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was seen in one case."""

    case: Case
    silent_seconds: float
    """The longest time in which one of the app processes acknowledged nothing."""
    back_after_seconds: float
    """The same, but counted from when a synchronous standby was alive."""
    slowest_seconds: float
    statuses: Counter[int]
    verdict: Verdict
    undecided: int

    def failures(self, *, slower: float = 1.0) -> Iterator[str]:
        """What went wrong. ``slower``: how much longer than the limits it may take."""
        if not self.verdict.is_right():
            yield f"the ledger: {self.verdict}"
        if self.undecided:
            yield f"{self.undecided} requests were never decided"
        if self.slowest_seconds > SLOWEST_SECONDS * slower:
            yield f"a request took {self.slowest_seconds:.1f} s"
        if self.back_after_seconds > self.case.back_within_seconds * slower:
            yield f"writes were back only after {self.back_after_seconds:.1f} s"
        if surprising := self.statuses.keys() - EXPECTED:
            yield f"statuses {', '.join(map(str, sorted(surprising)))}"


@contextmanager
def own_cluster() -> Iterator[Cluster]:
    """A running cluster, until the block ends. Raises programs.NotInstalled and SetupError."""
    with (
        tempfile.TemporaryDirectory(prefix="casino-failover-") as name,
        ExitStack() as claims,
    ):
        folder = Path(name)
        folder.chmod(0o711)  # root's programs run as another user, who must be able to enter
        try:
            account = account_of(Folder(folder))
        except EmbeddedPostgresError as error:
            raise SetupError(str(error)) from error
        with step("finding the programs", "all programs are there"):
            place = Place(folder, account, programs.find(folder, account), claims)
        with step("building the cluster", "three PostgreSQL, three etcd and HAProxy run"):
            cluster = build(place)
            back_up(cluster)
        yield cluster


class Trial:
    """Two app processes that reach the cluster in one of the ``WAYS``.

    Raises programs.NotInstalled if PgBouncer is missing.
    """

    def __init__(self, cluster: Cluster, way: str) -> None:
        self.way = way
        self._cluster = cluster
        self._secret = secrets.token_hex(24)
        self._environment = {
            **OWN_ENVIRONMENT,
            "SERVICES": "casino,provider",
            "SECRET_KEY": secrets.token_hex(24),
            "SECRETS_KEY": cluster.passwords["secrets"],
            "CASINO_SECRET": self._secret,
            "PROVIDER_SECRET": secrets.token_hex(24),
            "EVENT_SECRET": "",
            "PROVIDER_RECOVERY": "false",
            "CASINO_SUMMARIES": "false",
            "WORKERS": "1",
        }
        self._servers: list[Server] = []
        self._sent: list[Sent] = []
        self._running = ExitStack()

    def __enter__(self) -> "Trial":
        with self._running as starting:
            self._environment["DATABASE_URL"] = self._url(starting)
            with step("migrating and entering the demo's data", "database ready"):
                self._set_up()
            for _ in range(_APPS):
                server = Server("failover")
                starting.callback(server.close)
                server.environment = {
                    **self._environment,
                    "CASINO_URL": server.url,
                    "PROVIDER_URL": server.url,
                }
                server.start()
                self._servers.append(server)
            self._running = starting.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def run(self, case: Case) -> Outcome:
        """Raises SetupError if the cluster does not recover, or nobody is served any more."""
        if case.while_nobody_plays:
            before = self._load()
            with before:
                before.wait_for_answers(_ANSWERS_BEFORE, within_seconds=60)
            self._sent += before.sent
            standby_alive_at = case.cause(self._cluster)
        with self._load() as load:
            load.wait_for_answers(_ANSWERS_BEFORE, within_seconds=60)
            if not case.while_nobody_plays:
                standby_alive_at = case.cause(self._cluster)
            load.wait_for_answers(_ANSWERS_AFTER, within_seconds=120)
        self._cluster.heal()
        self._sent += load.sent
        return self._outcome(case, load, standby_alive_at)

    def _load(self) -> Load:
        return Load([server.port for server in self._servers], self._secret.encode())

    def _outcome(self, case: Case, load: Load, standby_alive_at: float) -> Outcome:
        """The ledger is compared with everything that was sent since the trial began."""
        silences = load.silences()
        return Outcome(
            case,
            silent_seconds=max(silence.seconds for silence in silences),
            back_after_seconds=max(
                max(0.0, silence.ended - max(silence.began, standby_alive_at))
                for silence in silences
            ),
            slowest_seconds=load.slowest_seconds,
            statuses=load.statuses,
            verdict=ledger.judge(self._cluster.url_of_hosts(), self._sent, self._environment),
            undecided=len(load.faults),
        )

    def _url(self, starting: ExitStack) -> str:
        if self.way == "hosts":
            return self._cluster.url_of_hosts()
        if self.way == "haproxy":
            return self._cluster.url_through_haproxy()
        program, url = pooler.start(self._cluster, programs.pgbouncer())
        starting.callback(program.end)
        return url

    def _set_up(self) -> None:
        give_up_at = time.monotonic() + 60
        while (done := self._try_set_up()).returncode != 0:
            if time.monotonic() > give_up_at:
                said = (done.stderr + done.stdout).strip().splitlines() or ["no reason given"]
                raise SetupError(f"the database cannot be prepared: {said[-1]}")
            time.sleep(1)

    def _try_set_up(self) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-c", _SET_UP],
            cwd=ROOT,
            env={**os.environ, **self._environment},
            capture_output=True,
            text=True,
            check=False,
        )
