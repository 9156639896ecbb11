"""A streaming standby of an embedded server, made as an operator makes one: with pg_basebackup."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from config.embedded_postgres import ROLE, SUPERUSER, running_url, stop_if_unused
from config.embedded_postgres.accounts import account_of
from config.embedded_postgres.greeting import PORT, socket_dir_of
from config.embedded_postgres.place import settle
from config.embedded_postgres.programs import run, servers_programs
from tests.faults.deployed import Deployment, own_folder
from tests.setup.servers import Embedded


@dataclass
class Primary:
    """A deployment's server, used as its superuser. It lets standbys follow it."""

    deployed: Deployment

    @property
    def database(self) -> Embedded:
        return self.deployed.database

    def execute(self, *statements: str) -> None:
        url = running_url(self.database.data_dir, ROLE, SUPERUSER)
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)


def let_standbys_follow(deployed: Deployment, folder: Path) -> Primary:
    """Let the services restart the server with the settings that standbys need."""
    rules = folder / "pg_hba.conf"
    rules.write_text("local all all peer map=owners\nlocal replication all trust\n")
    rules.chmod(0o644)
    primary = Primary(deployed)
    primary.execute(
        "ALTER SYSTEM SET wal_level = replica",
        "ALTER SYSTEM SET max_wal_senders = 4",
        f"ALTER SYSTEM SET hba_file = '{rules}'",
    )
    deployed.end_postgres_at_once()
    return primary


@dataclass
class Standby:
    """``url`` is the service's own database on it."""

    url: str
    database: Embedded

    def execute(self, *statements: str) -> None:
        url = running_url(self.database.data_dir, ROLE, SUPERUSER)
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)


@contextlib.contextmanager
def standby_of(source: Primary | Standby) -> Iterator[Standby]:
    """A hot standby that follows the server in this block."""
    source.execute("SELECT 1")  # wait until it is up
    socket_dir = socket_dir_of(source.database.folder)
    with own_folder() as data_dir, contextlib.ExitStack() as stack:
        folder = settle(data_dir)
        account = account_of(folder)
        copy = servers_programs(folder, account) / "pg_basebackup"
        whence = [f"--host={socket_dir}", f"--port={PORT}", f"--username={SUPERUSER}"]
        how = ["--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast"]
        run(folder, [copy, f"--pgdata={folder.cluster}", *whence, *how], account)
        url = running_url(data_dir)
        stack.callback(stop_if_unused, data_dir)
        yield Standby(url, Embedded(data_dir, stack))


def reading_from(primary: Primary, standby: Standby) -> dict[str, str]:
    """The environment of a server that reads from the standby.

    Unlike the deployment's own server, it does not start the primary again.
    """
    urls = {"DATABASE_URL": primary.deployed.url, "READ_DATABASE_URL": standby.url}
    return {**primary.deployed.casino.environment, **urls}


@contextlib.contextmanager
def replay_paused(standby: Standby) -> Iterator[None]:
    """Within the block the standby receives changes but does not show them."""
    standby.execute("SELECT pg_wal_replay_pause()")
    try:
        yield
    finally:
        standby.execute("SELECT pg_wal_replay_resume()")
