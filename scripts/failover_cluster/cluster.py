"""The running cluster: what Patroni says about it, and what an operator does to it."""

import json
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg

from config.embedded_postgres.accounts import user_arguments
from scripts.failover_cluster import processes
from scripts.failover_cluster.place import LOOPBACK, Place
from scripts.failover_cluster.processes import Program
from scripts.setup import SetupError

RECOVERED_WITHIN_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Node:
    """One machine of the cluster: PostgreSQL, and Patroni, which starts and stops it."""

    name: str
    patroni: Program
    data_dir: Path
    port: int
    api_port: int

    def postgres(self) -> list[psutil.Process]:
        """Its processes, the postmaster first; empty if it does not run."""
        with suppress(OSError, IndexError, ValueError):
            pid = int((self.data_dir / "postmaster.pid").read_text().split()[0])
            found = processes.family(pid)
            if found and "postgres" in found[0].name():
                return found
        return []

    def freeze_postgres(self) -> None:
        processes.freeze(self.postgres())

    def thaw_postgres(self) -> None:
        processes.resume(self.postgres())

    def kill_postgres(self) -> None:
        processes.kill(self.postgres())

    def kill(self) -> None:
        """Patroni and PostgreSQL together, as if the machine had lost its power."""
        self.patroni.kill()
        self.kill_postgres()

    def end(self) -> None:
        self.thaw_postgres()
        self.patroni.end()
        self.kill_postgres()


@dataclass(frozen=True, slots=True)
class Member:
    """What Patroni says about a node. ``state`` of a standby that follows is ``streaming``."""

    name: str
    role: str
    state: str


@dataclass(slots=True)
class Cluster:
    """The running cluster; ``passwords`` are this run's, by role."""

    place: Place
    nodes: list[Node]
    etcd: list[Program]
    haproxy: Program
    primary_port: int
    read_only_port: int
    passwords: Mapping[str, str] = field(repr=False)

    # ---- what Patroni says -----------------------------------------------------------------------
    def views(self) -> list[list[Member]]:
        """The members, as each node that answers sees them; a view may be some seconds old."""
        found = []
        for node in self.nodes:
            with suppress(OSError, ValueError):
                address = f"http://{LOOPBACK}:{node.api_port}/cluster"
                with urllib.request.urlopen(address, timeout=2) as answer:
                    told: list[dict[str, Any]] = json.load(answer)["members"]
                found.append([Member(each["name"], each["role"], each["state"]) for each in told])
        return found

    def primary(self) -> Node:
        return self._first("leader")

    def synchronous_standby(self) -> Node:
        return self._first("sync_standby")

    def _first(self, role: str) -> Node:
        """Raises SetupError if there is none."""
        for view in self.views():
            for member in view:
                if member.role == role:
                    return next(node for node in self.nodes if node.name == member.name)
        raise SetupError(f"the cluster has no {role}")

    def standbys(self) -> list[Node]:
        primary = self.primary()
        return [node for node in self.nodes if node is not primary]

    def wait_until_whole(self) -> None:
        """Return once there is a primary, and both others follow it. Raises SetupError."""
        self._wait_until(
            [("leader", "running"), ("replica", "streaming"), ("sync_standby", "streaming")]
        )

    def wait_for_primary(self) -> None:
        """Return once there is a primary and nobody else. Raises SetupError."""
        self._wait_until([("leader", "running")])

    def _wait_until(self, wanted: list[tuple[str, str]]) -> None:
        """Until all nodes of ``wanted`` see these roles and states, in the same way."""
        give_up_at = time.monotonic() + RECOVERED_WITHIN_SECONDS
        while not _agree(views := self.views(), wanted):
            for program in [*self.etcd, *(node.patroni for node in self.nodes)]:
                program.require_running()
            if time.monotonic() > give_up_at:
                raise SetupError(f"the cluster did not recover: {views}")
            time.sleep(0.25)

    # ---- addresses -------------------------------------------------------------------------------
    def url_through_haproxy(self) -> str:
        return f"postgresql://{self.credentials()}@{LOOPBACK}:{self.primary_port}/casino"

    def url_of_hosts(self) -> str:
        hosts = ",".join(f"{LOOPBACK}:{node.port}" for node in self.nodes)
        where = "target_session_attrs=read-write&load_balance_hosts=random"
        return f"postgresql://{self.credentials()}@{hosts}/casino?{where}"

    def credentials(self) -> str:
        return f"casino:{self.passwords['casino']}"

    @contextmanager
    def as_superuser(
        self, node: Node, database: str = "postgres"
    ) -> Iterator["psycopg.Connection[tuple[Any, ...]]"]:
        with psycopg.connect(
            host=LOOPBACK,
            port=node.port,
            user="postgres",
            password=self.passwords["postgres"],
            dbname=database,
            connect_timeout=5,
            autocommit=True,
        ) as connection:
            yield connection

    # ---- what an operator does -------------------------------------------------------------------
    def patronictl(self, *arguments: str) -> None:
        """Raises SetupError with the last line that it printed."""
        place = self.place
        result = subprocess.run(
            [place.programs.patroni / "patronictl", "-c", "patroni.yml", *arguments],
            cwd=place.folder / "configuration",
            env=dict(self.nodes[0].patroni.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=120,
            **user_arguments(place.account),
        )
        if result.returncode != 0:
            said = (result.stdout.strip().splitlines() or ["no reason given"])[-1]
            raise SetupError(f"patronictl {arguments[0]} failed: {said}")

    def heal(self) -> None:
        """Thaw what is frozen, start what is down, and wait until the cluster is healthy."""
        for etcd in self.etcd:
            etcd.thaw()
        for node in self.nodes:
            node.thaw_postgres()
            if node.patroni.process is None:
                node.patroni.start()
        if self.haproxy.process is None:
            self.haproxy.start()
        self.wait_until_whole()


def _agree(views: list[list[Member]], wanted: list[tuple[str, str]]) -> bool:
    if len(views) != len(wanted) or any(view != views[0] for view in views):
        return False
    return sorted((member.role, member.state) for member in views[0]) == wanted
