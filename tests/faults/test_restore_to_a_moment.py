"""A database is restored from a base backup and the archived log, to a moment between two events.

It uses the scripts of `deploy/ha`, as docs/scaling.md describes. Everything from before the moment
is there, nothing from after it, and the audit finds nothing wrong.
"""

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from config.embedded_postgres.accounts import Account, account_of, give
from config.embedded_postgres.layout import Folder
from config.embedded_postgres.place import remove, settle
from config.embedded_postgres.programs import run, servers_programs
from tests.books.conftest import run as manage
from tests.faults.deployed import own_folder
from tests.processes import ROOT
from tests.servers import Server, free_port, serving

SCRIPTS = ROOT / "deploy" / "ha"
ARCHIVED_WITHIN_SECONDS = 60.0
_SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
wal_level = replica
archive_mode = on
archive_command = 'WAL_ARCHIVE={archive} sh {scripts}/archive-wal.sh "%p" "%f"'
"""
_RECOVERY = """
restore_command = 'cp {archive}/%f "%p"'
recovery_target_time = '{moment}'
recovery_target_action = promote
"""


@dataclass(frozen=True)
class Place:
    """Where a server, its backup and its archive are."""

    folder: Folder
    account: Account
    port: int

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/casino"

    def path(self, name: str) -> Path:
        return self.folder.path / name

    def run(self, program: str, *arguments: str) -> None:
        programs = servers_programs(self.folder, self.account)
        run(self.folder, [programs / program, *arguments], self.account)

    def control(self, data: str, *arguments: str) -> None:
        where = ("-D", str(self.path(data)), "-l", str(self.path("log")))
        self.run("pg_ctl", *where, "-w", *arguments)

    def execute(self, sql: str, database: str = "casino") -> str:
        url = self.url.replace("/casino", f"/{database}")
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(sql.encode())
            row = cursor.fetchone() if cursor.description else None
        return str(row[0]) if row else ""


@pytest.fixture
def place() -> Iterator[Place]:
    """An archiving server with the demo's data, and a base backup of it."""
    with own_folder() as data_dir:
        folder = settle(data_dir)
        place = Place(folder, account_of(folder), free_port())
        for name in ("archive", "restored"):
            place.path(name).mkdir(mode=0o700)
            give(place.path(name), place.account)
        shutil.copytree(SCRIPTS, place.path("scripts"))
        place.run(
            "initdb", "-D", str(place.path("data")), "-A", "trust", "-U", "postgres", "-E", "UTF8"
        )
        with (place.path("data") / "postgresql.conf").open("a") as file:
            paths = {name: place.path(name) for name in ("archive", "scripts")}
            file.write(_SETTINGS.format(**paths) + f"port = {place.port}\n")
        place.control("data", "start")
        try:
            place.execute("CREATE DATABASE casino", "postgres")
            for command in ("migrate", "seed_demo"):
                assert manage(place.url, command).returncode == 0
            server = f"--dbname=postgresql://postgres@127.0.0.1:{place.port}/"
            place.run(
                "pg_basebackup", server, f"--pgdata={place.path('backup')}", "--checkpoint=fast"
            )
            yield place
        finally:
            for data in ("data", "restored"):
                if (place.path(data) / "postmaster.pid").exists():
                    place.control(data, "-m", "immediate", "stop")
            remove(data_dir)


def top_up(server: Server, reference: str) -> None:
    body = {"user_id": "user_alice", "asset_code": "GC", "amount": 7, "reference_id": reference}
    assert server.post("/api/v1/wallets/topup", json.dumps(body).encode()).status == 200


def restore(place: Place, moment: str) -> None:
    """Restore as Patroni does with the method `restore`."""
    script = str(place.path("scripts") / "restore-base-backup.sh")
    backup, restored = place.path("backup"), place.path("restored")
    by = ["env", f"BASE_BACKUP={backup}", "sh", script, f"--datadir={restored}"]
    run(place.folder, by, place.account)
    with (restored / "postgresql.conf").open("a") as file:
        file.write(_RECOVERY.format(archive=place.path("archive"), moment=moment))
    (restored / "recovery.signal").touch()
    give(restored / "recovery.signal", place.account)
    place.control("restored", "start")
    give_up_at = time.monotonic() + ARCHIVED_WITHIN_SECONDS
    while place.execute("SELECT pg_is_in_recovery()") != "False":
        assert time.monotonic() < give_up_at
        time.sleep(0.1)


@pytest.mark.clusters
@pytest.mark.timeout(300)
def test_what_came_before_the_moment_is_there_and_nothing_else(
    place: Place, tmp_path: Path
) -> None:
    everything = "SELECT count(*) || ' ' || sum(balance_after) FROM casino_transactions"
    checkpoint = tmp_path / "checkpoint"
    with serving(DATABASE_URL=place.url) as server:
        for number in range(20):
            top_up(server, f"before-{number}")
        made = manage(place.url, "audit_ledger", "--checkpoint", str(checkpoint))
        assert made.returncode == 0, made.stderr
        was, moment = place.execute(everything), place.execute("SELECT clock_timestamp()::text")
        for number in range(20):
            top_up(server, f"after-{number}")
    last = place.execute("SELECT pg_walfile_name(pg_switch_wal())")
    give_up_at = time.monotonic() + ARCHIVED_WITHIN_SECONDS
    while not (place.path("archive") / last).exists():
        assert time.monotonic() < give_up_at
        time.sleep(0.1)
    place.control("data", "-m", "immediate", "stop")

    restore(place, moment)

    assert place.execute(everything) == was
    audited = manage(place.url, "audit_ledger", "--against", str(checkpoint))
    assert audited.returncode == 0, audited.stdout + audited.stderr
    with serving(DATABASE_URL=place.url) as server:
        top_up(server, "after-0")  # an id that the restored database does not know
    assert manage(place.url, "audit_ledger").returncode == 0
