"""Databases for services that tests start, set up as ``scripts/serve`` does."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection, connections
from django.test.utils import setup_databases, teardown_databases

from tests.factories import unique
from tests.once import locked
from tests.processes import Process, prepare_database
from tests.servers import database_url

EMPTY = "template1"
_MIGRATED = "migrated database"
_EXISTS = "SELECT FROM pg_database WHERE datname = %s"


def make_databases(*, keepdb: bool) -> Any:
    """This worker's databases, for ``drop_databases``. They have every table and no rows.

    The first worker migrates; the others copy its database.
    """
    with locked(_MIGRATED) as first:
        if first.exists() and not keepdb:
            of_test = connection.settings_dict["TEST"]
            of_test |= {"TEMPLATE": first.read_text(), "MIGRATE": False}
        with no_time_limits():
            made = setup_databases(verbosity=0, interactive=False, keepdb=keepdb)
        keep_migrated_copy()
        if not first.exists():
            first.write_text(migrated_database())
    return made


def drop_databases(made: Any) -> None:
    with locked(_MIGRATED) as first:
        if first.exists() and first.read_text() == migrated_database():
            first.unlink()
        drop(migrated_database())
    with no_time_limits():
        for each in connections.all():
            end_connections(each.settings_dict["NAME"])
        teardown_databases(made, verbosity=0)


@contextmanager
def no_time_limits() -> Iterator[None]:
    """Lift the time limits: making or dropping a database takes as long as the disk needs."""
    options = {each.alias: each.settings_dict["OPTIONS"] for each in connections.all()}
    limits = {alias: each["options"] for alias, each in options.items()}
    for each in options.values():
        each["options"] = ""
    yield
    for alias, limit in limits.items():
        options[alias]["options"] = limit
        connections[alias].close()
        connections[alias].close_pool()  # its connections were opened without limits


def migrated_database() -> str:
    """The name of the copy of this run's database from before the first test wrote into it."""
    return f"{connection.settings_dict['NAME']}_migrated"


def keep_migrated_copy() -> None:
    """Copy this run's database unless there is a copy. Nobody may be connected to it."""
    name, copy = connection.settings_dict["NAME"], migrated_database()
    with psycopg.connect(database_url("postgres"), autocommit=True) as server:
        if server.execute(_EXISTS, [copy]).fetchone() is None:
            server.execute(f"CREATE DATABASE {copy} TEMPLATE {name}")


_END_OURS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = %s AND usename = current_user AND pid <> pg_backend_pid()
"""


def drop(name: str) -> None:
    # Not WITH (FORCE), which fails if a superuser's autovacuum is at work there: DROP ends that.
    with psycopg.connect(database_url("postgres"), autocommit=True) as server:
        server.execute(_END_OURS, [name])
        server.execute(f"DROP DATABASE IF EXISTS {name}")


def end_connections(name: str) -> None:
    """End the connections of stopped servers, which may take a while to end by themselves."""
    with psycopg.connect(database_url("postgres"), autocommit=True) as server:
        server.execute(_END_OURS, [name])


@contextmanager
def own_database(name: str, *, like: str | None = None) -> Iterator[str]:
    """The name of a copy of ``like``, which is dropped when the block ends.

    Unless ``like`` is given, it has every table and no rows. Copying saves the time of migrating.
    """
    database = unique(name).replace("-", "_")
    with psycopg.connect(database_url(), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {database} TEMPLATE {like or migrated_database()}")
    try:
        yield database
    finally:
        drop(database)


def prepare(environment: Mapping[str, str]) -> None:
    """Run missing migrations and add the demo data, as the services of this environment."""
    told = {**os.environ, "SECRET_KEY": "of a set-up for tests", **environment}
    with tempfile.NamedTemporaryFile() as log:
        status = Process(prepare_database, environment=told, output=Path(log.name)).wait()
        assert status == 0, Path(log.name).read_text()
