"""The benchmark's own PostgreSQL, and which of its databases Django uses at the moment."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg
from django.core.management import call_command
from django.db import connection

from config import embedded_postgres
from scripts.setup import SetupError, database

_data_dir = Path()
"""Where the cluster is, while there is one."""

SECRETS = {
    name: secrets.token_urlsafe(48) for name in ("SECRET_KEY", "CASINO_SECRET", "PROVIDER_SECRET")
}
ENVIRONMENT = {
    **SECRETS,
    "DEMO_MODE": "true",  # events and the wallet service without keys
    "DEBUG": "false",
    "SERVICES": "casino,provider",
    "PROVIDER_DATABASE_URL": "",
    "READ_DATABASE_URL": "",
    "REDIS_URL": "",
    "EVENT_SECRET": "",
    "PROVIDER_RECOVERY": "false",
    "CASINO_SUMMARIES": "false",
    "LOG_LEVEL": "WARNING",
    **{f"RATE_LIMIT_{family}": "" for family in ("FRONTEND", "EVENTS", "WALLETS", "CALLBACKS")},
}
"""The settings of the servers and of this process, whatever `.env` says."""

# Loading and auditing millions of rows takes longer than a request may.
NO_TIME_LIMITS = {
    "LOCK_TIMEOUT_MS": "0",
    "STATEMENT_TIMEOUT_MS": "0",
    "IDLE_IN_TRANSACTION_TIMEOUT_MS": "0",
}


@contextmanager
def own_postgres(name: str, data_dir: Path) -> Iterator[None]:
    """A new cluster with an empty database ``name``; both are removed at the end."""
    global _data_dir  # noqa: PLW0603 - a process has one
    _data_dir = data_dir
    _remove()
    os.environ.update(ENVIRONMENT | NO_TIME_LIMITS)
    os.environ["EMBEDDED_DATA_DIR"] = str(_data_dir)
    os.environ["DATABASE_URL"] = url(name)
    try:
        database.load_django()
        yield
    finally:
        database.close_connections()
        _remove()


def _remove() -> None:
    """Raises SetupError if another benchmark is running here."""
    if not _data_dir.exists():
        return
    embedded_postgres.stop_if_unused(_data_dir)
    try:
        embedded_postgres.remove(_data_dir)
    except embedded_postgres.EmbeddedPostgresError as error:
        raise SetupError(f"perhaps another benchmark is running: {error}") from error
    shutil.rmtree(_data_dir)


def url(name: str, role: str = embedded_postgres.ROLE) -> str:
    try:
        return embedded_postgres.running_url(_data_dir, name, role)
    except embedded_postgres.EmbeddedPostgresError as error:
        raise SetupError(str(error)) from error


def postmaster_pid() -> int:
    return int(_postmaster().read_text().split()[0])


def socket_dir() -> Path:
    return Path(_postmaster().read_text().splitlines()[4])


def _postmaster() -> Path:
    return _data_dir / "postgres" / "cluster" / "postmaster.pid"


@contextmanager
def at(name: str) -> Iterator[None]:
    """Within the block, Django's connection leads to database ``name``."""
    before = connection.settings_dict["NAME"]
    _turn_to(name)
    try:
        yield
    finally:
        _turn_to(before)


def _turn_to(name: str) -> None:
    if connection.settings_dict["NAME"] != name:
        database.close_connections()
        connection.settings_dict["NAME"] = name


def migrate(name: str) -> None:
    with at(name):
        call_command("migrate", interactive=False, verbosity=0)


def copy(source: str, target: str) -> None:
    """A copy of a database that nobody is connected to."""
    database.close_connections()
    with as_superuser("postgres") as superuser:
        superuser.execute(
            f"CREATE DATABASE {target} TEMPLATE {source} STRATEGY FILE_COPY"
            f" OWNER {embedded_postgres.ROLE}"
        )


def settle(name: str) -> None:
    """Leave nothing to vacuum, analyse or write out while the clock runs."""
    with as_superuser(name) as superuser:
        superuser.execute("VACUUM (FREEZE, ANALYZE)")
        superuser.execute("CHECKPOINT")


def as_superuser(name: str) -> "psycopg.Connection[tuple[object, ...]]":
    where = quote(str(socket_dir()), safe="")
    role = embedded_postgres.SUPERUSER
    return psycopg.connect(f"postgresql://{role}@/{name}?host={where}", autocommit=True)
