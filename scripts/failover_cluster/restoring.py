"""Loses all three nodes and all of etcd, and restores the cluster from a backup and the archive."""

import shutil
import subprocess
import time
from pathlib import Path

from config.embedded_postgres.accounts import user_arguments
from scripts.failover_cluster.cluster import Cluster
from scripts.setup import SetupError

ARCHIVED_WITHIN_SECONDS = 60.0
_AS_USUAL, _RESTORING = "\nbootstrap:\n", "\nbootstrap:\n  method: restore\n"


def back_up(cluster: Cluster) -> None:
    """A base backup, from the standbys' address, as docs/scaling.md has it. Raises SetupError."""
    place = cluster.place
    result = subprocess.run(
        [
            place.programs.postgres / "pg_basebackup",
            f"--dbname=postgresql://replicator@127.0.0.1:{cluster.read_only_port}/",
            f"--pgdata={place.base_backup}",
            "--checkpoint=fast",
        ],
        cwd=place.folder,
        env=place.environment() | {"PGPASSWORD": cluster.passwords["replicator"]},
        capture_output=True,
        text=True,
        check=False,
        **user_arguments(place.account),
    )
    if result.returncode != 0:
        raise SetupError(f"no base backup: {result.stderr.strip().splitlines()[-1]}")


def lose_and_restore(cluster: Cluster) -> float:
    """Nobody plays meanwhile; otherwise what is not archived yet would be lost, as documented."""
    _archive_everything(cluster)
    _lose_everything(cluster)
    configuration = cluster.place.folder / "configuration" / "patroni.yml"
    as_usual = configuration.read_text()
    configuration.write_text(as_usual.replace(_AS_USUAL, _RESTORING))
    for etcd in cluster.etcd:
        etcd.start()
    first, *others = cluster.nodes
    first.patroni.start()
    cluster.wait_for_primary()
    configuration.write_text(as_usual)
    for node in others:
        node.patroni.start()
    cluster.wait_until_whole()
    return time.monotonic()


def _archive_everything(cluster: Cluster) -> None:
    with cluster.as_superuser(cluster.primary()) as superuser:
        row = superuser.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
    assert row is not None
    archived = cluster.place.archive / str(row[0])
    give_up_at = time.monotonic() + ARCHIVED_WITHIN_SECONDS
    while not archived.exists():
        if time.monotonic() > give_up_at:
            raise SetupError(f"{archived.name} is not archived")
        time.sleep(0.1)


def _lose_everything(cluster: Cluster) -> None:
    for node in cluster.nodes:
        node.kill()
        shutil.rmtree(node.data_dir)
    for etcd in cluster.etcd:
        etcd.kill()
        for data in Path(etcd.environment["ETCD_DATA_DIR"]).iterdir():
            shutil.rmtree(data)
