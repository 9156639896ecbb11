"""Three PostgreSQL under Patroni, three etcd and one HAProxy, from the files of `deploy/ha`."""

import json
import secrets
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg

from config.embedded_postgres.accounts import Account, give, give_tree, user_arguments
from config.environment import dotenv
from scripts.failover_cluster import processes
from scripts.failover_cluster.processes import Program
from scripts.failover_cluster.programs import Programs
from scripts.setup import ROOT, SetupError, ports

CONFIGURATION = ROOT / "deploy" / "ha"
NODES = (1, 2, 3)
SCOPE = "casino"
WHOLE_WITHIN_SECONDS = 180.0
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Place:
    """Where this run's cluster lives, and who runs it."""

    folder: Path
    account: Account
    programs: Programs
    claims: ExitStack

    @property
    def archive(self) -> Path:
        return self.folder / "archive"

    @property
    def base_backup(self) -> Path:
        return self.folder / "base-backup"

    def port(self) -> int:
        """A free port, claimed until the run ends."""
        number, claim = ports.claim_any(_LOOPBACK)
        self.claims.callback(claim.close)
        return number

    def own_folder(self, name: str) -> Path:
        path = self.folder / name
        path.mkdir(mode=0o700)
        give(path, self.account)
        return path

    def environment(self) -> dict[str, str]:
        return {
            "PATH": f"{self.programs.postgres}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.folder / "home"),
            "LANG": "C.UTF-8",
        }

    def program(self, name: str, command: list[str | Path], **environment: str) -> Program:
        made = Program(name, command, self.environment() | environment, self.folder, self.account)
        self.claims.callback(made.kill)
        return made


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
    def members(self) -> list[Member]:
        """As the first node tells that answers; empty if none does."""
        for node in self.nodes:
            with suppress(OSError, ValueError):
                address = f"http://{_LOOPBACK}:{node.api_port}/cluster"
                with urllib.request.urlopen(address, timeout=2) as answer:
                    told: list[dict[str, Any]] = json.load(answer)["members"]
                return [Member(each["name"], each["role"], each["state"]) for each in told]
        return []

    def primary(self) -> Node:
        """Raises SetupError if nobody is."""
        for member in self.members():
            if member.role == "leader":
                return self._node(member.name)
        raise SetupError("the cluster has no primary")

    def standbys(self) -> list[Node]:
        primary = self.primary()
        return [node for node in self.nodes if node is not primary]

    def synchronous_standby(self) -> Node:
        for member in self.members():
            if member.role == "sync_standby":
                return self._node(member.name)
        raise SetupError("the cluster has no synchronous standby")

    def wait_until_whole(self) -> None:
        """Return once there is a primary, and both others follow it. Raises SetupError."""
        self._wait_until(
            [("leader", "running"), ("replica", "streaming"), ("sync_standby", "streaming")]
        )

    def wait_for_primary(self) -> None:
        """Return once there is a primary and nobody else. Raises SetupError."""
        self._wait_until([("leader", "running")])

    def _wait_until(self, wanted: list[tuple[str, str]]) -> None:
        give_up_at = time.monotonic() + WHOLE_WITHIN_SECONDS
        while sorted((member.role, member.state) for member in self.members()) != wanted:
            for program in [*self.etcd, *(node.patroni for node in self.nodes)]:
                program.require_running()
            if time.monotonic() > give_up_at:
                raise SetupError(f"the cluster does not recover: {self.members()}")
            time.sleep(0.25)

    def _node(self, name: str) -> Node:
        return next(node for node in self.nodes if node.name == name)

    # ---- addresses -------------------------------------------------------------------------------
    def url_through_haproxy(self) -> str:
        return f"postgresql://{self.credentials()}@{_LOOPBACK}:{self.primary_port}/casino"

    def url_of_hosts(self) -> str:
        hosts = ",".join(f"{_LOOPBACK}:{node.port}" for node in self.nodes)
        return f"postgresql://{self.credentials()}@{hosts}/casino?target_session_attrs=read-write"

    def credentials(self) -> str:
        return f"casino:{self.passwords['casino']}"

    @contextmanager
    def as_superuser(
        self, node: Node, database: str = "postgres"
    ) -> Iterator["psycopg.Connection[tuple[Any, ...]]"]:
        with psycopg.connect(
            host=_LOOPBACK,
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
        """Thaw what is frozen, start what is down, and wait until all is well."""
        for etcd in self.etcd:
            etcd.thaw()
        for node in self.nodes:
            node.thaw_postgres()
            if node.patroni.process is None:
                node.patroni.start()
        if self.haproxy.process is None:
            self.haproxy.start()
        self.wait_until_whole()


# ---- building it --------------------------------------------------------------------------------
def build(place: Place) -> Cluster:
    """Start everything; returns once the cluster is whole. Raises SetupError."""
    configuration = place.folder / "configuration"
    shutil.copytree(CONFIGURATION, configuration)
    give_tree(configuration, place.account)
    for name in ("home", place.archive.name, place.base_backup.name):
        place.own_folder(name)
    roles = ("postgres", "replicator", "rewinder", "casino", "patroni", "secrets")
    passwords = {role: secrets.token_hex(16) for role in roles}
    etcd, clients = _etcd(place)
    nodes = [_node(place, number, clients, passwords) for number in NODES]
    primary_port, read_only_port = place.port(), place.port()
    haproxy = _haproxy(place, nodes, primary_port, read_only_port)
    for program in [*etcd, *(node.patroni for node in nodes), haproxy]:
        program.start()
    for node in nodes:
        place.claims.callback(node.end)
    made = Cluster(place, nodes, etcd, haproxy, primary_port, read_only_port, passwords)
    made.wait_until_whole()
    return made


def _etcd(place: Place) -> tuple[list[Program], str]:
    """The three programs, and their addresses for clients, as Patroni wants them."""
    peers = {number: f"http://{_LOOPBACK}:{place.port()}" for number in NODES}
    clients = {number: f"{_LOOPBACK}:{place.port()}" for number in NODES}
    shared = dotenv.read(CONFIGURATION / "etcd.env")
    programs = [
        place.program(
            f"etcd-{number}",
            [place.programs.etcd],
            **shared,
            ETCD_NAME=f"etcd-{number}",
            ETCD_DATA_DIR=str(place.own_folder(f"etcd-{number}")),
            ETCD_LISTEN_PEER_URLS=peers[number],
            ETCD_INITIAL_ADVERTISE_PEER_URLS=peers[number],
            ETCD_LISTEN_CLIENT_URLS=f"http://{clients[number]}",
            ETCD_ADVERTISE_CLIENT_URLS=f"http://{clients[number]}",
            ETCD_INITIAL_CLUSTER=",".join(f"etcd-{each}={peers[each]}" for each in NODES),
        )
        for number in NODES
    ]
    return programs, ",".join(clients.values())


def _node(place: Place, number: int, etcd: str, passwords: Mapping[str, str]) -> Node:
    name = f"postgres-{number}"
    data_dir = place.own_folder(name) / "data"
    port, api_port = place.port(), place.port()
    patroni = place.program(
        f"patroni-{number}",
        [place.programs.patroni / "patroni", "patroni.yml"],
        PATRONI_NAME=name,
        PATRONI_ETCD3_HOSTS=etcd,
        PATRONI_RESTAPI_LISTEN=f"{_LOOPBACK}:{api_port}",
        PATRONI_RESTAPI_CONNECT_ADDRESS=f"{_LOOPBACK}:{api_port}",
        PATRONI_RESTAPI_USERNAME="patroni",
        PATRONI_RESTAPI_PASSWORD=passwords["patroni"],
        PATRONI_POSTGRESQL_LISTEN=f"{_LOOPBACK}:{port}",
        PATRONI_POSTGRESQL_CONNECT_ADDRESS=f"{_LOOPBACK}:{port}",
        PATRONI_POSTGRESQL_DATA_DIR=str(data_dir),
        PATRONI_POSTGRESQL_BIN_DIR=str(place.programs.postgres),
        PATRONI_POSTGRESQL_PGPASS=str(data_dir.with_name("passwords")),
        PATRONI_SUPERUSER_PASSWORD=passwords["postgres"],
        PATRONI_REPLICATION_PASSWORD=passwords["replicator"],
        PATRONI_REWIND_PASSWORD=passwords["rewinder"],
        CASINO_DB_PASSWORD=passwords["casino"],
        HA_FOLDER=str(place.folder / "configuration"),
        WAL_ARCHIVE=str(place.archive),
        BASE_BACKUP=str(place.base_backup),
    )
    return Node(name, patroni, data_dir, port, api_port)


def _haproxy(place: Place, nodes: list[Node], primary_port: int, read_only_port: int) -> Program:
    addresses = {
        "PRIMARY_ADDRESS": f"{_LOOPBACK}:{primary_port}",
        "READ_ONLY_ADDRESS": f"{_LOOPBACK}:{read_only_port}",
    }
    for number, node in zip(NODES, nodes, strict=True):
        addresses[f"POSTGRES_{number}"] = f"{_LOOPBACK}:{node.port}"
        addresses[f"PATRONI_{number}_PORT"] = str(node.api_port)
    return place.program(
        "haproxy", [place.programs.haproxy, "-db", "-f", "haproxy.cfg"], **addresses
    )
