"""What can happen to the cluster. Each case does it and undoes it while the load continues."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from scripts.failover_cluster.cluster import Cluster, Node
from scripts.failover_cluster.restoring import lose_and_restore
from scripts.setup import SetupError

FROZEN_SECONDS = 45.0
STANDBYS_FROZEN_SECONDS = 20.0
ETCD_FROZEN_SECONDS = 40.0
AFTER_A_FAILURE, AFTER_A_SWITCH_OVER = 30.0, 5.0
"""Writes must work again within this many seconds."""

_AT_LEAST_WAITING = 2  # one of each app process
_WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND usename = 'casino'"


@dataclass(frozen=True, slots=True)
class Case:
    """``cause`` returns when it has happened and is undone, as far as the cluster does not do that
    by itself. It returns the moment from which writes can be back: a synchronous standby is alive.
    """

    name: str
    title: str
    cause: Callable[[Cluster], float]
    back_within_seconds: float = AFTER_A_FAILURE
    needs_haproxy: bool = False
    while_nobody_plays: bool = False


def kill_primary(cluster: Cluster) -> float:
    """Patroni starts it again in place."""
    now = time.monotonic()
    cluster.primary().kill_postgres()
    return now


def freeze_primary(cluster: Cluster) -> float:
    """It wakes up long after another one has taken over."""
    primary, now = cluster.primary(), time.monotonic()
    primary.freeze_postgres()
    time.sleep(FROZEN_SECONDS)
    primary.thaw_postgres()
    return now


def kill_node(cluster: Cluster) -> float:
    now = time.monotonic()
    cluster.primary().kill()
    return now


def switch_over(cluster: Cluster) -> float:
    leader, candidate = cluster.primary().name, cluster.synchronous_standby().name
    now = time.monotonic()
    cluster.patronictl(
        "switchover", "casino", "--leader", leader, "--candidate", candidate, "--force"
    )
    return now


def freeze_etcd(cluster: Cluster) -> float:
    now = time.monotonic()
    for etcd in cluster.etcd:
        etcd.freeze()
    time.sleep(ETCD_FROZEN_SECONDS)
    for etcd in cluster.etcd:
        etcd.thaw()
    return now


def kill_haproxy(cluster: Cluster) -> float:
    cluster.haproxy.kill()
    time.sleep(3)
    cluster.haproxy.start()
    return time.monotonic()


def freeze_standbys(cluster: Cluster) -> float:
    standbys = _frozen_standbys(cluster)
    time.sleep(STANDBYS_FROZEN_SECONDS)
    return _thaw(standbys)


def end_waiting_backends(cluster: Cluster) -> float:
    """What an impatient administrator might do: by then the transactions are committed here."""
    primary, standbys = cluster.primary(), _frozen_standbys(cluster)
    give_up_at = time.monotonic() + 20
    with cluster.as_superuser(primary) as superuser:
        while len(waiting := superuser.execute(_WAITING).fetchall()) < _AT_LEAST_WAITING:
            if time.monotonic() > give_up_at:
                raise SetupError("nobody waits for a standby")
            time.sleep(0.05)
        for (pid,) in waiting:
            superuser.execute("SELECT pg_terminate_backend(%s)", [pid])
    return _thaw(standbys)


def lose_node_without_standbys(cluster: Cluster) -> float:
    primary, standbys = cluster.primary(), _frozen_standbys(cluster)
    time.sleep(5)
    primary.kill()
    return _thaw(standbys)


def restart_and_lose_node_without_standbys(cluster: Cluster) -> float:
    """After the restart the lone node shows transactions that no standby has.

    Patroni no longer knows that a standby has everything, and promotes nobody: an operator must.
    """
    primary, successor = cluster.primary(), cluster.synchronous_standby()
    standbys = _frozen_standbys(cluster)
    time.sleep(5)
    before = primary.postgres()[0].pid
    primary.kill_postgres()
    _wait_for_another_postmaster(primary, before)
    time.sleep(5)
    primary.kill()
    thawed_at = _thaw(standbys)
    cluster.patronictl("failover", "casino", "--candidate", successor.name, "--force")
    return thawed_at


def restart_everything(cluster: Cluster) -> float:
    now = time.monotonic()
    cluster.patronictl("restart", "casino", "--force")
    return now


def _frozen_standbys(cluster: Cluster) -> list[Node]:
    standbys = cluster.standbys()
    for standby in standbys:
        standby.freeze_postgres()
    return standbys


def _thaw(nodes: list[Node]) -> float:
    for node in nodes:
        node.thaw_postgres()
    return time.monotonic()


def _wait_for_another_postmaster(node: Node, before: int) -> None:
    give_up_at = time.monotonic() + 60
    while not (now := node.postgres()) or now[0].pid == before:
        if time.monotonic() > give_up_at:
            raise SetupError(f"Patroni does not start {node.name} again")
        time.sleep(0.1)


CASES = (
    Case("kill", "`kill -9` of the primary's PostgreSQL", kill_primary),
    Case("freeze", f"primary frozen for {FROZEN_SECONDS:.0f} s", freeze_primary),
    Case("node", "primary's PostgreSQL and Patroni killed", kill_node),
    Case("switch-over", "switch-over by `patronictl`", switch_over, AFTER_A_SWITCH_OVER),
    Case("etcd", f"all of etcd frozen for {ETCD_FROZEN_SECONDS:.0f} s", freeze_etcd),
    Case("haproxy", "HAProxy killed, back after 3 s", kill_haproxy, needs_haproxy=True),
    Case("standbys", f"both standbys frozen for {STANDBYS_FROZEN_SECONDS:.0f} s", freeze_standbys),
    Case("terminate", "backends terminated while they wait for a standby", end_waiting_backends),
    Case(
        "standbys-node",
        "standbys frozen, primary's node killed, standbys thawed",
        lose_node_without_standbys,
    ),
    Case(
        "standbys-restart-node",
        "the same, but the primary restarts in between; then `patronictl failover`",
        restart_and_lose_node_without_standbys,
    ),
    Case("restart", "all of PostgreSQL restarted by `patronictl`", restart_everything),
    Case(
        "restore",
        "all nodes and etcd lost, restored from backup and archive",
        lose_and_restore,
        needs_haproxy=True,
        while_nobody_plays=True,
    ),
)
QUICK = ("kill", "freeze", "switch-over")
