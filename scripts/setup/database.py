"""The database is there, recent enough, migrated and seeded, or set-up ends with one line."""

import io
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import django
import psycopg
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command, get_commands
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from config.embedded_postgres import EmbeddedPostgresError
from config.postgres.connection import Connection
from scripts.setup import SetupError
from scripts.setup.terminal import step

OLDEST_VERSION = 15
ADMIN = "admin"
ONE_SETUP_AT_A_TIME = 0x5E7_0B  # a key of pg_advisory_lock


def load_django() -> None:
    """Reads the settings, which starts the embedded database where that is used."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        django.setup()
    except (ImproperlyConfigured, EmbeddedPostgresError) as error:
        raise SetupError(str(error)) from error


def prepare() -> None:
    """Migrations and demo data, whatever of them is missing. Leaves no connection open.

    Several set-ups on one database take turns. Demo data is for DEMO_MODE alone.
    """
    try:
        with _turn("default"):
            for alias in connections:
                _migrate(alias)
            if settings.DEMO_MODE:
                _seed()
    finally:
        close_connections()


def check() -> None:
    """Every configured database answers and is recent enough."""
    for alias in connections:
        _connect(alias).close()


def new_admin_password(*, replace: bool) -> str | None:
    """The admin's password where it was made just now; None where there is an admin already."""
    users = get_user_model()._default_manager
    try:
        admin = users.filter(username=ADMIN).first()
        if admin and not replace:
            return None
        password = secrets.token_urlsafe(12)
        if admin is None:
            admin = users.model(username=ADMIN, is_staff=True, is_superuser=True)
        admin.set_password(password)
        admin.save()
        return password
    finally:
        close_connections()


def close_connections() -> None:
    """Before processes are forked: a connection must never have two users."""
    for connection in connections.all(initialized_only=True):
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()


def _connect(alias: str) -> Connection:
    """Past Django's pool, which hides why a database is not to be had."""
    parameters = {**connections[alias].get_connection_params(), "connect_timeout": 5}
    try:
        connection = Connection.connect(**parameters, autocommit=True)
    except psycopg.OperationalError as error:
        where = f"{parameters.get('host') or 'localhost'}/{parameters.get('dbname')}"
        raise SetupError(
            f"no connection to the database {where}: {_first_reason(error)}"
        ) from error
    version = connection.info.server_version // 10_000
    if version < OLDEST_VERSION:
        connection.close()
        raise SetupError(
            f"the database is PostgreSQL {version}; {OLDEST_VERSION} or newer is needed"
        )
    return connection


def _first_reason(error: psycopg.OperationalError) -> str:
    """`connection failed: connection to server at … failed: FATAL:  why` + advice → `why`."""
    [first, *_] = str(error).splitlines() or ["no reason given"]
    return first.rsplit(" failed: ", 1)[-1].removeprefix("FATAL:").strip()


@contextmanager
def _turn(alias: str) -> Iterator[None]:
    check()
    with _connect(alias) as waiting:
        waiting.execute("SET statement_timeout = 0; SET lock_timeout = 0")
        waiting.execute("SELECT pg_advisory_lock(%s)", [ONE_SETUP_AT_A_TIME])
        yield


def _migrate(alias: str) -> None:
    connection = connections[alias]
    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return
    with step(f"migrating the database ({alias})", f"database migrated ({alias})"):
        with connection.cursor() as cursor:  # the time-outs are for requests
            cursor.execute("SET statement_timeout = 0; SET lock_timeout = 0")
        call_command("migrate", database=alias, interactive=False, verbosity=0)


def _seed() -> None:
    for command in sorted(name for name in get_commands() if name.startswith("seed_")):
        call_command(command, stdout=io.StringIO())
