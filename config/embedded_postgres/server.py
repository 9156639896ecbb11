"""Starts and stops the server. Two processes never do this at the same time."""

import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from config.embedded_postgres.accounts import (
    Account,
    account_of,
    can_enter,
    give,
    give_tree,
    has_name,
    owner_of,
    user_arguments,
)
from config.embedded_postgres.greeting import PORT, SOCKET_NAME, greet, socket_dir_of
from config.embedded_postgres.layout import Folder, failure
from config.embedded_postgres.lease import locked_at_once
from config.embedded_postgres.programs import (
    MAJOR_VERSION,
    complaint,
    minimal_environment,
    run,
    servers_programs,
)

SUPERUSER = "postgres"
STOPPED_WITHIN_SECONDS = 60
LOG_KEPT_BYTES = 5_000_000
SOCKET_PATH_BYTES = 103  # the limit of macOS; Linux allows 107
SHORT_FOLDER = Path("/tmp")  # noqa: S108 - mkdtemp makes names nobody can take before us
SHORT_PREFIX = "casino-postgres-"

SETTINGS = """\
# Written at every start. Use ALTER SYSTEM for your own changes: it overrides this file.
listen_addresses = ''
port = {port}
unix_socket_directories = '{socket_dir}'
unix_socket_permissions = 0700
max_connections = 200
# Memory is used only for data that was read.
shared_buffers = 1GB
# Money: an acknowledged commit is on the disk.
fsync = on
synchronous_commit = on
full_page_writes = on
# Few, spread out checkpoints under load; no replica ever reads this log.
wal_compression = on
wal_level = minimal
max_wal_senders = 0
max_wal_size = 2GB
min_wal_size = 80MB
checkpoint_timeout = 15min
timezone = 'UTC'
log_timezone = 'UTC'
# Statements carry players' data: they stay out of the log.
log_min_error_statement = panic
log_checkpoints = off
log_line_prefix = '%m [%p] '
"""


@dataclass(frozen=True, slots=True)
class Start:
    """A server that this process has started, and where its part of the log begins."""

    process: subprocess.Popen[bytes]
    log: Path
    log_offset: int

    def failed(self) -> bool:
        return self.process.poll() is not None

    def reason(self) -> str:
        return complaint(self.log.read_bytes()[self.log_offset :].decode(errors="replace"))


_started: dict[Folder, Start] = {}  # kept, so that we notice when they end


def start_if_dead(folder: Folder) -> Start | None:
    """Start the server if none of its processes is alive. Returns None if one is."""
    alive = os.open(folder.alive, os.O_RDONLY)
    try:
        if not locked_at_once(alive):
            return None
        account = account_of(folder)
        _require_access(folder, account)
        programs = servers_programs(folder, account)
        if not folder.cluster.exists():
            _initialise(folder, account, programs, alive)
        return _launch(folder, account, programs, alive)
    finally:
        os.close(alive)  # the server's own copy keeps the lock


def _require_access(folder: Folder, account: Account) -> None:
    """For root's server: if the owner of the data is gone, the account becomes the owner.

    Other folders stay as they are.
    """
    if not has_name(owner_of(folder.path)):
        give_tree(folder.path, account)
    if not can_enter(folder.path, account):
        raise failure(
            folder,
            f"would run as the user {account.name}, who cannot enter {folder.path}: let others"
            " pass the folders above it (chmod o+x), or remove the data with scripts/reset",
        )


def _initialise(folder: Folder, account: Account, programs: Path, alive: int) -> None:
    """Create a cluster. It gets its final name once complete, so a failed attempt leaves none."""
    unfinished = folder.path / "cluster.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    place = [f"--pgdata={unfinished}", f"--username={SUPERUSER}"]
    rules = ["--auth-local=peer", "--auth-host=reject", "--encoding=UTF8", "--no-instructions"]
    # The same collation on every system, with upper and lower case beyond ASCII.
    locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    run(folder, [programs / "initdb", *place, *rules, *locale], account, [alive])
    with (unfinished / "postgresql.conf").open("a") as configuration:
        configuration.write("\ninclude 'embedded.conf'\n")
    unfinished.rename(folder.cluster)


def _launch(folder: Folder, account: Account, programs: Path, alive: int) -> Start:
    """Call this while `alive` is locked: then it is safe to remove what a dead server left."""
    version = (folder.cluster / "PG_VERSION").read_text().strip()
    if version != str(MAJOR_VERSION):
        raise failure(folder, f"has data of PostgreSQL {version}, but is {MAJOR_VERSION}")
    socket_dir = _socket_dir_left(folder, account) or _new_socket_dir(folder, account)
    # PostgreSQL refuses to start if another process now has the process number in these files.
    for left in (folder.pid_file, socket_dir / f"{SOCKET_NAME}.lock"):
        left.unlink(missing_ok=True)
    _write_configuration(folder, account, socket_dir)
    if folder.log.stat().st_size > LOG_KEPT_BYTES:
        folder.log.replace(folder.log.with_suffix(".log.old"))
    with folder.log.open("ab") as log:
        give(folder.log, account)
        offset = log.tell()
        process = subprocess.Popen(  # noqa: S603 - our own package's program
            [programs / "postgres", "-D", folder.cluster],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C must not reach the server
            pass_fds=[alive],
            cwd=folder.path,
            env=minimal_environment(),
            **user_arguments(account),
        )
    _started[folder] = Start(process, folder.log, offset)
    return _started[folder]


def _write_configuration(folder: Folder, account: Account, socket_dir: Path) -> None:
    users = sorted(_users_let_in(folder, account))
    for name, text in {
        "embedded.conf": SETTINGS.format(port=PORT, socket_dir=socket_dir),
        "pg_hba.conf": "local all all peer map=owners\n",
        "pg_ident.conf": "".join(f'owners "{user}" all\n' for user in users),
    }.items():
        _write(folder.cluster / name, text, account)


def _users_let_in(folder: Folder, account: Account) -> set[str]:
    """Root and the data's owner, but not a user who only runs the server for root."""
    root = {"root"} if not has_name(0) else {pwd.getpwuid(0).pw_name}
    lent = not account.is_oneself() and owner_of(folder.path.parent) == 0
    return root if lent else root | {account.name}


def _write(path: Path, text: str, account: Account) -> None:
    """Write the whole text. If the disk is full, the file stays as it was."""
    with suppress(OSError):
        if path.read_text() == text:
            return
    whole = path.with_suffix(".new")
    whole.write_text(text)
    whole.chmod(0o600)
    give(whole, account)
    whole.rename(path)


def _socket_dir_left(folder: Folder, account: Account) -> Path | None:
    """The short folder of a server that died: its users look for the next server there."""
    with suppress(OSError):
        written = (folder.cluster / "embedded.conf").read_text()
        left = re.search(rf"'({SHORT_FOLDER / SHORT_PREFIX}[^'/]*)'", written)
        found = left and os.lstat(left[1])
        # Once the folder is gone, anybody may make one with this name, so check its owner.
        if left and found and stat.S_ISDIR(found.st_mode) and found.st_uid == account.uid:
            return Path(left[1])
    return None


def _new_socket_dir(folder: Folder, account: Account) -> Path:
    """Our folder, if its path is short and plain enough for a URL and a socket's name."""
    path = str(folder.path / SOCKET_NAME)
    if len(path) <= SOCKET_PATH_BYTES and re.fullmatch(r"[A-Za-z0-9_./+-]+", path):
        return folder.path
    short = Path(tempfile.mkdtemp(prefix=SHORT_PREFIX, dir=SHORT_FOLDER))
    give(short, account)
    return short


def drop_socket_dir(socket_dir: Path | None) -> None:
    """Remove it if it is one that `_new_socket_dir` made; never the data's own folder."""
    if socket_dir and f"{socket_dir}".startswith(f"{SHORT_FOLDER / SHORT_PREFIX}"):
        shutil.rmtree(socket_dir, ignore_errors=True)


def stop(folder: Folder) -> bool:
    """Ask the postmaster to disconnect everyone and shut down; wait for its last process."""
    deadline = time.monotonic() + STOPPED_WITHIN_SECONDS
    alive = os.open(folder.alive, os.O_RDONLY)
    socket_dir, asked = None, False
    try:
        while not locked_at_once(alive):
            if time.monotonic() > deadline:
                return False
            socket_dir = socket_dir or socket_dir_of(folder)
            # The server that answers wrote postmaster.pid, so the process number is its own.
            if not asked and socket_dir and greet(socket_dir, SUPERUSER, SUPERUSER):
                with suppress(ProcessLookupError):
                    os.kill(int(folder.pid_file.read_bytes().split()[0]), signal.SIGINT)
                asked = True
            time.sleep(0.01)
    finally:
        os.close(alive)
    drop_socket_dir(socket_dir or socket_dir_of(folder))
    if start := _started.pop(folder, None):
        start.process.wait()
    return True
