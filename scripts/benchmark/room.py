"""Measures how much room a ledger takes, and how long its backup and restore take.

`python -m scripts.benchmark.room [TRANSACTIONS]` loads a ledger and prints the tables that are in
docs/scaling.md.
"""

import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil

from config.embedded_postgres import SUPERUSER, remove, start_again
from config.embedded_postgres.accounts import account_of
from config.embedded_postgres.greeting import PORT
from config.embedded_postgres.place import settle
from config.embedded_postgres.programs import program, run, servers_programs
from scripts.benchmark import databases
from scripts.setup.terminal import one_line_for_errors, say, step

TRANSACTIONS = 500_000
EVENTS_A_SECOND = (50, 500, 5_000)
DAY_SECONDS, YEAR_DAYS = 86_400, 365
MEGABYTE, GIGABYTE, TERABYTE = 10**6, 10**9, 10**12
_NAME, _RESTORED = "room", "restored"

_PARTS = """
SELECT pg_table_size('casino_transactions'), pg_indexes_size('casino_transactions'),
    pg_table_size('casino_ledger_entries'), pg_indexes_size('casino_ledger_entries'),
    (SELECT count(*) FROM casino_transactions), pg_database_size(current_database())
"""


class Room(NamedTuple):
    """Bytes."""

    transactions: int
    indexes_of_transactions: int
    entries: int
    indexes_of_entries: int
    number: int
    database: int

    @property
    def per_movement(self) -> float:
        return sum(self[:4]) / self.number


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else TRANSACTIONS
    with (
        one_line_for_errors("scripts/room"),
        tempfile.TemporaryDirectory(prefix="room-") as folder,
        databases.own_postgres(_NAME, Path(folder) / "data"),
    ):
        from scripts.benchmark import population  # noqa: PLC0415 - needs the database

        with step(f"loading {number:,} transactions", f"{number:,} transactions loaded"):
            population.populate(_NAME)
            population.live_through(_NAME, number)
            databases.settle(_NAME)
        with databases.as_superuser(_NAME) as superuser:
            room = Room(*(int(str(size)) for size in superuser.execute(_PARTS).fetchone() or ()))
        for line in (*_room_lines(room), "", *_backup_lines(room, Path(folder))):
            say(line)


def _room_lines(room: Room) -> Iterator[str]:
    per = [size / room.number for size in room[:4]]
    yield f"| a movement of {room.number:,} | bytes |"
    yield "|---|---:|"
    yield f"| its transaction, and the indexes | {per[0]:.0f} + {per[1]:.0f} |"
    yield f"| its two entries, and the indexes | {per[2]:.0f} + {per[3]:.0f} |"
    yield f"| together | {room.per_movement:.0f} |"
    yield ""
    yield "| events per second | movements per day | per day | per year |"
    yield "|---:|---:|---:|---:|"
    for rate in EVENTS_A_SECOND:
        a_day = rate * DAY_SECONDS
        size = a_day * room.per_movement
        yield (
            f"| {rate:,} | {a_day / 1e6:,.1f} million | {size / GIGABYTE:,.1f} GB"
            f" | {size * YEAR_DAYS / TERABYTE:,.2f} TB |"
        )


def _backup_lines(room: Room, folder: Path) -> Iterator[str]:
    millions = room.number / 1e6
    dump = folder / "room.dump"
    _let_backups_be_made(folder / "data")
    with _seconds() as copying:
        copied = _copy(folder / "data")
    with _seconds() as dumping:
        _run("pg_dump", "-Fc", "-f", str(dump), "-d", databases.url(_NAME, SUPERUSER))
    with databases.as_superuser("postgres") as superuser:
        superuser.execute(f"CREATE DATABASE {_RESTORED}")
    with _seconds() as restoring:
        _run("pg_restore", "-j2", "-d", databases.url(_RESTORED, SUPERUSER), str(dump))
    yield "| per million movements | seconds | MB |"
    yield "|---|---:|---:|"
    yield f"| `pg_basebackup` | {copying[0] / millions:.0f} | {copied / MEGABYTE / millions:,.0f} |"
    size = dump.stat().st_size / MEGABYTE
    yield f"| `pg_dump -Fc` | {dumping[0] / millions:.0f} | {size / millions:,.0f} |"
    yield f"| `pg_restore -j2` | {restoring[0] / millions:.0f} | |"


def _let_backups_be_made(data_dir: Path) -> None:
    """Restart the server with the settings for pg_basebackup, which are off without a standby."""
    rules = data_dir.parent / "pg_hba.conf"
    rules.write_text("local all all peer map=owners\nlocal replication all trust\n")
    rules.chmod(0o644)
    data_dir.parent.chmod(0o711)  # the server may run as another user
    with databases.as_superuser("postgres") as superuser:
        for statement in (
            "ALTER SYSTEM SET wal_level = replica",
            "ALTER SYSTEM SET max_wal_senders = 4",
            f"ALTER SYSTEM SET hba_file = '{rules}'",
        ):
            superuser.execute(statement)
    postmaster = psutil.Process(databases.postmaster_pid())
    postmaster.send_signal(signal.SIGINT)
    psutil.wait_procs([postmaster], timeout=60)
    start_again(data_dir)


def _copy(data_dir: Path) -> int:
    """Make a base backup, as the server's user. Returns its size in bytes."""
    copy = settle(data_dir.parent / "copy")
    account = account_of(copy)
    copying = servers_programs(copy, account) / "pg_basebackup"
    whence = [f"--host={databases.socket_dir()}", f"--port={PORT}", f"--username={SUPERUSER}"]
    run(copy, [copying, f"--pgdata={copy.cluster}", *whence, "--checkpoint=fast"], account)
    size = sum(file.stat().st_size for file in copy.cluster.rglob("*") if file.is_file())
    remove(data_dir.parent / "copy")
    return size


@contextmanager
def _seconds() -> Iterator[list[float]]:
    took: list[float] = []
    began = time.monotonic()
    yield took
    took.append(time.monotonic() - began)


def _run(name: str, *arguments: str) -> None:
    subprocess.run([program(name), *arguments], check=True)


if __name__ == "__main__":
    main()
