"""A PostgreSQL server for this checkout. It starts on demand and stops when its last user leaves.

Any number of processes may call `running_url` at the same time. The kernel keeps track of three
facts, because only the kernel still knows them after a SIGKILL:

- Who uses the server: each process that uses it holds a shared lock on `lease`. A process that gets
  the exclusive lock was the last one.
- Whether the server is alive: the postmaster and its children inherit an exclusive lock on `alive`.
  It is free exactly when none of them is left, even if another process now has the number in
  postmaster.pid.
- Who may connect: the operating system's user ("peer"), through a socket in a folder that is closed
  to everyone else. There is no TCP port and no password.

PostgreSQL refuses to run as root. If root starts it, it runs as the owner of its data or, for new
data, as `nobody`. No user is added for that and no folder is opened: see `place`.
"""

import atexit
import os
import re
import time
from pathlib import Path

from config.embedded_postgres import greeting, lease, place, server
from config.embedded_postgres.layout import EmbeddedPostgresError, Folder, failure
from config.embedded_postgres.programs import program, run

__all__ = [
    "ROLE",
    "SUPERUSER",
    "EmbeddedPostgresError",
    "prepare",
    "remove",
    "running_url",
    "start_again",
    "stop_if_unused",
]

ROLE = "casino"
SUPERUSER = server.SUPERUSER
READY_WITHIN_SECONDS = 600  # crash recovery of a large database takes long


def running_url(data_dir: Path, database: str = ROLE, role: str = ROLE) -> str:
    """Start the server if necessary, and return the postgresql:// URL of `database`.

    `ROLE` may create databases and owns this one; `SUPERUSER` is for tests and repairs. The process
    counts as a user of the server until it ends. Raises EmbeddedPostgresError.
    """
    for name in (database, role):
        if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", name):
            raise EmbeddedPostgresError(f"{name!r} is not a valid database or role name here.")
    folder = Folder.below(data_dir)
    try:
        folder = place.settle(data_dir)
        if lease.hold(folder):
            atexit.register(_leave, data_dir, os.getpid())
        return _await_answer(folder, database, role)
    except OSError as error:
        raise failure(folder, f"cannot be used: {error}") from error


def prepare(data_dir: Path) -> list[str]:
    """Check, before anything is installed or started, whether and where the server can run.

    Returns lines that tell the user about it. Raises EmbeddedPostgresError.
    """
    try:
        return place.notes(data_dir)
    except OSError as error:
        raise failure(Folder.below(data_dir), f"cannot be used: {error}") from error


def remove(data_dir: Path) -> None:
    """Stop the server and delete its data, wherever the data is.

    Raises EmbeddedPostgresError if somebody else uses the server or the data cannot be deleted.
    """
    folder = Folder.below(data_dir)
    try:
        place.own_path(data_dir)
        folder = Folder.below(data_dir)
        if folder.alive.exists():
            with lease.given_up(folder) as nobody_left:
                if not nobody_left:
                    raise failure(folder, "is in use; stop what uses it first")
                if not server.stop(folder):
                    raise failure(folder, "does not stop")
                place.remove(data_dir)
        else:
            place.remove(data_dir)
    except OSError as error:
        raise failure(folder, f"cannot be removed: {error}") from error


def start_again(data_dir: Path) -> None:
    """Return once the server answers again at its former URL; start it if necessary.

    Only for a process that uses the server. Otherwise nothing is started. Raises
    EmbeddedPostgresError.
    """
    folder = Folder.below(data_dir)
    if not lease.is_held(folder):
        return
    try:
        _await_answer(folder, ROLE, ROLE)
    except OSError as error:
        raise failure(folder, f"cannot be used: {error}") from error


def stop_if_unused(data_dir: Path) -> bool:
    """Stop using the server. The last user stops it. Returns True if it is down."""
    folder = Folder.below(data_dir)
    try:
        with lease.given_up(folder) as nobody_left:
            return nobody_left and server.stop(folder)
    except OSError:
        return False  # the folder is gone or was never ours, so there is nothing to stop


def _leave(data_dir: Path, pid: int) -> None:
    if os.getpid() == pid:  # a forked child shares its parent's lease and leaves it alone
        stop_if_unused(data_dir)


def _await_answer(folder: Folder, database: str, role: str) -> str:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    started: server.Start | None = None
    created = False
    while time.monotonic() < deadline:
        socket_dir = greeting.socket_dir_of(folder)
        answer = greeting.greet(socket_dir, database, role) if socket_dir else None
        if socket_dir and answer in greeting.NOT_CREATED_YET:
            if created:
                raise failure(folder, f"refuses {role} on {database} ({answer})")
            _create(folder, socket_dir, database)
            created = True
        elif socket_dir and answer not in (None, greeting.STARTING_OR_STOPPING):
            return greeting.url(socket_dir, database, role)  # "too many connections" is an answer
        elif started and started.failed():
            raise failure(folder, f"does not start: {started.reason()}")
        else:
            started = started or server.start_if_dead(folder)
            time.sleep(0.02)
    raise failure(folder, f"was not ready within {READY_WITHIN_SECONDS} s")


def _create(folder: Folder, socket_dir: Path, database: str) -> None:
    """Create the role and its database. Only one process at a time does this."""
    script = f"""
        SELECT pg_advisory_lock(1);
        SELECT 'CREATE ROLE {ROLE} LOGIN CREATEDB'
            WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') \\gexec
        SELECT 'CREATE DATABASE {database} OWNER {ROLE}'
            WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{database}') \\gexec
    """
    url = greeting.url(socket_dir, SUPERUSER, SUPERUSER)
    options = ["--no-psqlrc", "--quiet", "--output=/dev/null", "--set=ON_ERROR_STOP=1"]
    run(folder, [program("psql"), *options, f"--dbname={url}"], script=script)
