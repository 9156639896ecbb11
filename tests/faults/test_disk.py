"""If the database's disk is full, writers get BUSY and nothing is lost; it continues once there is
room, even if PostgreSQL ended meanwhile.
"""

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import InternalError, connection, transaction

from config.embedded_postgres import ROLE, SUPERUSER, running_url
from config.wire.errors import from_fault
from tests.faults import books
from tests.faults.deployed import CASINO_SECRET, Deployment, deployment, own_folder
from tests.faults.load import NO_ANSWER, NOT_KNOWN, Client, Load, callbacks, events, launch, top_ups
from tests.reliability import Measure


class SmallDisk:
    """A separate volume that can be filled to the last byte."""

    def __init__(self, path: Path, size: str) -> None:
        self.path = path
        self._filler = path / "filler"
        command = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "tmpfs", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.skip(f"cannot mount a small volume: {done.stderr.strip()}")

    def fill(self) -> None:
        with self._filler.open("wb", buffering=0) as filler, contextlib.suppress(OSError):
            while True:
                filler.write(bytes(4096))

    def free(self) -> None:
        self._filler.unlink()

    def close(self) -> None:
        subprocess.run(["umount", "--lazy", str(self.path)], check=True)


@pytest.fixture(scope="module")
def disk() -> Iterator[SmallDisk]:
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small volume")
    with own_folder() as folder:
        disk = SmallDisk(folder, "200m")
        try:
            yield disk
        finally:
            disk.close()


@pytest.fixture(scope="module")
def deployed(database: None, disk: SmallDisk) -> Iterator[Deployment]:
    with deployment(disk.path / "data", apart=False) as deployed:
        yield deployed


@contextlib.contextmanager
def under_load(deployed: Deployment, measure: Measure) -> Iterator[tuple[Client, str, Load]]:
    """Play on during the block; afterwards the books have everything exactly once."""
    client = Client(deployed.casino.url, CASINO_SECRET.encode())
    token = launch(client, "player-001")
    before = books.opening(deployed)
    plays = [
        callbacks([token]),
        callbacks([token, launch(client, "player-002")]),
        events("player-001", "w-001-usd", "USD"),
        top_ups("user_alice", "GOLD_COINS"),
    ]
    with Load(client, 0, *plays) as load:
        load.wait_for_progress(20)
        yield client, token, load
        load.wait_for_progress(20)
    assert load.faults == []

    books.hold(deployed, client, load, before, measure)
    assert set(load.statuses) <= {200, 503, NO_ANSWER, NOT_KNOWN}, load.statuses
    assert load.statuses[503] > 0


@pytest.mark.timeout(300)
def test_nothing_is_lost_while_there_is_no_room(
    deployed: Deployment, disk: SmallDisk, measure: Measure
) -> None:
    with under_load(deployed, measure) as (client, token, load):
        # 1. No room in the tables: readers notice nothing.
        disk.fill()
        wait_for_busy(load)
        asked = client.request("reads", "/casino/getBalance", "", {"sessionToken": token})
        read = client.once(asked)
        disk.free()
        load.wait_for_progress(20)

        # 2. No room in the log: PostgreSQL ends, and cannot start before there is room.
        disk.fill()
        write_ahead_until_it_ends(deployed)
        wait_until_it_is_dead(deployed)
        wait_for_busy(load)
        disk.free()
        load.wait_for_progress(20)

        # 3. Read-only, as a hosted database protects its disk, or a standby after a failover.
        for_all_connections(deployed, "ALTER ROLE casino SET default_transaction_read_only = on")
        wait_for_busy(load)
        for_all_connections(deployed, "ALTER ROLE casino RESET default_transaction_read_only")

    assert read is not None
    assert read.status == 200


def wait_for_busy(load: Load, answers: int = 4) -> None:
    wanted = load.statuses[503] + answers
    give_up_at = time.monotonic() + 60
    while load.statuses[503] < wanted:
        assert time.monotonic() < give_up_at, load.statuses
        time.sleep(0.02)


def wait_until_it_is_dead(deployed: Deployment) -> None:
    """Wait until none of its processes is left, which lasts until somebody starts it again."""
    give_up_at = time.monotonic() + 60
    while deployed.database.is_alive():
        assert time.monotonic() < give_up_at, "PostgreSQL still runs without a log"
        time.sleep(0.005)


def write_ahead_until_it_ends(deployed: Deployment) -> None:
    url = running_url(deployed.database.data_dir, ROLE, SUPERUSER)
    with contextlib.suppress(psycopg.OperationalError), psycopg.connect(url) as connection:
        while True:
            connection.execute("SELECT pg_logical_emit_message(false, '', repeat('x', 8000000))")


def for_all_connections(deployed: Deployment, setting: str) -> None:
    url = running_url(deployed.database.data_dir, ROLE, SUPERUSER)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(setting)
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'casino'"
        )


def test_a_database_that_only_reads_is_busy_for_who_writes() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
        with pytest.raises(InternalError) as caught:
            cursor.execute("UPDATE casino_wallets SET version = version WHERE false")
    assert from_fault(caught.value).code == "BUSY"
