"""Starts PostgreSQL under Patroni, etcd and HAProxy, from the files of `deploy/ha`."""

import secrets
import shutil
from collections.abc import Mapping

from config.embedded_postgres.accounts import give_tree
from config.environment import dotenv
from scripts.failover_cluster.cluster import Cluster, Node
from scripts.failover_cluster.place import LOOPBACK, Place
from scripts.failover_cluster.processes import Program
from scripts.setup import ROOT

CONFIGURATION = ROOT / "deploy" / "ha"
NODES = (1, 2, 3)


def build(place: Place) -> Cluster:
    """Start everything; returns once the cluster is whole. Raises SetupError."""
    configuration = place.folder / "configuration"
    shutil.copytree(CONFIGURATION, configuration)
    give_tree(configuration, place.account)
    for name in ("home", place.archive.name, place.base_backup.name):
        place.own_folder(name)
    roles = ("postgres", "replicator", "rewinder", "casino", "patroni", "secrets")
    passwords = {role: secrets.token_hex(16) for role in roles}
    etcd, clients = start_etcd(place)
    nodes = [start_node(place, number, clients, passwords) for number in NODES]
    primary_port, read_only_port = place.port(), place.port()
    haproxy = start_haproxy(place, nodes, primary_port, read_only_port)
    for program in [*etcd, *(node.patroni for node in nodes), haproxy]:
        program.start()
    for node in nodes:
        place.claims.callback(node.end)
    made = Cluster(place, nodes, etcd, haproxy, primary_port, read_only_port, passwords)
    made.wait_until_whole()
    return made


def start_etcd(place: Place) -> tuple[list[Program], str]:
    """The three programs, and their addresses for clients, as Patroni wants them."""
    peers = {number: f"http://{LOOPBACK}:{place.port()}" for number in NODES}
    clients = {number: f"{LOOPBACK}:{place.port()}" for number in NODES}
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


def start_node(place: Place, number: int, etcd: str, passwords: Mapping[str, str]) -> Node:
    name = f"postgres-{number}"
    data_dir = place.own_folder(name) / "data"
    port, api_port = place.port(), place.port()
    patroni = place.program(
        f"patroni-{number}",
        [place.programs.patroni / "patroni", "patroni.yml"],
        PATRONI_NAME=name,
        PATRONI_ETCD3_HOSTS=etcd,
        PATRONI_RESTAPI_LISTEN=f"{LOOPBACK}:{api_port}",
        PATRONI_RESTAPI_CONNECT_ADDRESS=f"{LOOPBACK}:{api_port}",
        PATRONI_RESTAPI_USERNAME="patroni",
        PATRONI_RESTAPI_PASSWORD=passwords["patroni"],
        PATRONI_POSTGRESQL_LISTEN=f"{LOOPBACK}:{port}",
        PATRONI_POSTGRESQL_CONNECT_ADDRESS=f"{LOOPBACK}:{port}",
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


def start_haproxy(
    place: Place, nodes: list[Node], primary_port: int, read_only_port: int
) -> Program:
    addresses = {
        "PRIMARY_ADDRESS": f"{LOOPBACK}:{primary_port}",
        "READ_ONLY_ADDRESS": f"{LOOPBACK}:{read_only_port}",
    }
    for number, node in zip(NODES, nodes, strict=True):
        addresses[f"POSTGRES_{number}"] = f"{LOOPBACK}:{node.port}"
        addresses[f"PATRONI_{number}_PORT"] = str(node.api_port)
    return place.program(
        "haproxy", [place.programs.haproxy, "-db", "-f", "haproxy.cfg"], **addresses
    )
