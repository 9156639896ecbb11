"""A Citus cluster on loopback, with the PostgreSQL that has the extension installed."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.servers import free_port

_SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
shared_preload_libraries = 'citus'
citus.node_conninfo = 'sslmode=disable'
max_prepared_transactions = 200
wal_level = logical
max_wal_senders = 20
max_replication_slots = 20
fsync = off
"""


def programs() -> Path | None:
    """The folder of the PostgreSQL that Citus was built into, or None."""
    for control in sorted(Path("/usr/share/postgresql").glob("*/extension/citus.control")):
        folder = Path("/usr/lib/postgresql") / control.parts[4] / "bin"
        if (folder / "initdb").exists():
            return folder
    return None


@dataclass(frozen=True)
class Node:
    """One PostgreSQL server of the cluster."""

    programs: Path
    data: Path
    port: int

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"postgresql://postgres@{self.address}/casino"

    def make(self) -> None:
        self._run("initdb", "-D", str(self.data), "-A", "trust", "-U", "postgres")
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(f"{_SETTINGS}port = {self.port}\n")

    def start(self) -> None:
        log = str(self.data / "server.log")
        self._run("pg_ctl", "-D", str(self.data), "-l", log, "-w", "start")

    def stop(self, how: str = "fast") -> None:
        self._run("pg_ctl", "-D", str(self.data), "-m", how, "-w", "stop")

    def execute(self, sql: str, database: str = "casino") -> None:
        url = f"postgresql://postgres@{self.address}/{database}"
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(sql.encode())

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self.programs / program, *arguments],
            user="postgres" if os.geteuid() == 0 else None,
            cwd="/",
            stdout=subprocess.DEVNULL,
            check=True,
            timeout=100,
        )


@contextlib.contextmanager
def cluster(found: Path, number: int = 3) -> Iterator[list[Node]]:
    """The first node is the coordinator."""
    folder = Path(tempfile.mkdtemp(prefix="citus-"))
    started: list[Node] = []
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        for each in range(number):
            node = Node(found, folder / f"node{each}", free_port())
            node.make()
            node.start()
            started.append(node)
            node.execute("CREATE DATABASE casino", "postgres")
            node.execute("CREATE EXTENSION citus")
        coordinator, *workers = started
        host, _, port = coordinator.address.partition(":")
        coordinator.execute(f"SELECT citus_set_coordinator_host('{host}', {port})")
        for worker in workers:
            coordinator.execute(f"SELECT citus_add_node('127.0.0.1', {worker.port})")
        yield started
    finally:
        for node in started:
            with contextlib.suppress(subprocess.CalledProcessError):
                node.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)
