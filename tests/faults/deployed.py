"""Casino and provider on their own PostgreSQL, so that killing any of it harms nobody else.

The two servers share one embedded database. Only the servers restart PostgreSQL; nothing here does.
"""

import contextlib
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import psutil
import psycopg

from config.embedded_postgres import running_url, stop_if_unused
from tests.databases import prepare
from tests.processes import manage
from tests.servers import Server, free_port, serving
from tests.setup.servers import Embedded

CASINO_SECRET = "casino-secret-of-both"
Row = tuple[Any, ...]


@dataclass
class Deployed:
    """One of the two services, and its server while that runs."""

    name: str
    environment: dict[str, str]
    workers: int
    port: int = field(default_factory=free_port)
    server: Server | None = None
    _running: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.server = self._running.enter_context(
            serving(port=self.port, workers=self.workers, **self.environment)
        )

    def end(self) -> None:
        self._running.close()
        self.server = None

    def kill(self) -> None:
        """Send SIGKILL to its processes, the parent first, so that it starts no new worker."""
        processes = [self._process(), *self.worker_processes()]
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(processes, timeout=20)

    def kill_and_start_again(self) -> None:
        self.kill()
        self.end()
        self.start()

    def worker_processes(self) -> list[psutil.Process]:
        """Its own children. PostgreSQL may be a child of theirs; leave it alone."""
        return [child for child in self._process().children() if "postgres" not in child.name()]

    def kill_a_worker(self, chance: Random) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            chance.choice(self.worker_processes()).kill()

    def manage(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of manage.py as this service."""
        return manage(*arguments, **self.environment)

    def _process(self) -> psutil.Process:
        assert self.server is not None
        return psutil.Process(self.server.process.pid)


@dataclass
class Deployment:
    """Both services, running and seeded."""

    database: Embedded
    url: str
    casino: Deployed
    provider: Deployed

    def rows(self, query: str, **parameters: Any) -> list[Row]:
        """Read from the database, as soon as it is up."""
        give_up_at = time.monotonic() + 60
        while True:
            try:
                with psycopg.connect(self.url) as connection:
                    return connection.execute(query, parameters).fetchall()
            except psycopg.OperationalError:
                if time.monotonic() > give_up_at:
                    raise
                time.sleep(0.1)

    def end_postgres_at_once(self) -> None:
        """Stop as ``pg_ctl stop --mode=immediate`` does: without a checkpoint."""
        _end(self.database.postmaster(), signal.SIGQUIT)

    def kill_postmaster(self) -> None:
        _end(self.database.postmaster(), signal.SIGKILL)

    def kill_a_backend(self, chance: Random) -> None:
        """Kill a client's backend. The postmaster then ends all others, and recovers."""
        children = self.database.postmaster().children()
        backends = [each for each in children if " casino casino " in " ".join(each.cmdline())]
        if backends:
            with contextlib.suppress(psutil.NoSuchProcess):
                chance.choice(backends).kill()


def _end(process: psutil.Process, number: int) -> None:
    """End a process. A zombie is left until its parent notices that it has ended."""
    process.send_signal(number)
    give_up_at = time.monotonic() + 30
    with contextlib.suppress(psutil.NoSuchProcess):
        while process.status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < give_up_at, f"{process} still runs"
            time.sleep(0.01)


@contextlib.contextmanager
def own_folder() -> Iterator[Path]:
    """A folder that is not pytest's: each pytest run removes those, even those of other runs."""
    with tempfile.TemporaryDirectory(prefix="casino-faults-") as folder:
        Path(folder).chmod(0o711)  # root's database runs as another user, who must be able to enter
        yield Path(folder)


@contextlib.contextmanager
def deployment(data_dir: Path, *, apart: bool = True, **environment: str) -> Iterator[Deployment]:
    """Make, seed and serve both; stop them at the end of the block. The data stay in ``data_dir``.

    If ``apart``, each service is its own server; otherwise one server is both.
    """
    with contextlib.ExitStack() as stack:
        database = Embedded(data_dir, stack)
        url = running_url(data_dir)
        stack.callback(stop_if_unused, data_dir)
        casino = Deployed("casino" if apart else "casino,provider", {}, workers=2)
        provider = Deployed("provider", {}, workers=1) if apart else casino
        servers = [casino, provider] if apart else [casino]
        for service in servers:
            service.environment |= _environment(service.name, data_dir, casino, provider)
            service.environment |= environment
        prepare(casino.environment | {"SERVICES": "casino,provider"})
        for service in servers:
            stack.callback(service.end)
            service.start()
        yield Deployment(database, url, casino, provider)


def _environment(name: str, data_dir: Path, casino: Deployed, provider: Deployed) -> dict[str, str]:
    return {
        "SERVICES": name,
        "DATABASE_URL": "",
        "PROVIDER_DATABASE_URL": "",
        "READ_DATABASE_URL": "",
        "EMBEDDED_DATA_DIR": str(data_dir),
        "CASINO_URL": casino.url,
        "PROVIDER_URL": provider.url,
        "CASINO_SECRET": CASINO_SECRET,
        "PROVIDER_SECRET": "provider-secret-of-both",
        "DEMO_MODE": "true",
        "BLOCKING_THREADS": "16",
        "DATABASE_POOL_SIZE": "8",
        # What is left open must stay open until a test recovers it.
        "PROVIDER_RECOVERY": "false",
    }
