"""Makes sure the database exists, is recent enough, migrated and seeded, or fails with one line."""

import io
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import django
import psycopg
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command, get_commands
from django.db import DatabaseError, Error, connections
from django.db.migrations.executor import MigrationExecutor

from config import books
from config.management.commands.migrate import require_own_database
from config.postgres import replica
from config.postgres.address import name_of
from config.postgres.base import DatabaseWrapper
from config.postgres.connection import LIMITS, Connection
from config.wire.encryption import SecretUnreadable, read_stored_secrets
from scripts.setup import SetupError, arguments
from scripts.setup.collector import spare_what_is_loaded
from scripts.setup.env_file import setting
from scripts.setup.terminal import say, step

OLDEST_VERSION = 15
ADMIN = "admin"
NOT_MIGRATED = (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn)
REFUSALS = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.InternalError,
    psycopg.errors.InsufficientPrivilege,
)
ONE_SETUP_AT_A_TIME = 0x5E7_0B  # a key of pg_advisory_xact_lock


def load_django(settings_module: str = arguments.SETTINGS) -> None:
    """Read the settings, which starts the embedded database if it is used.

    The environment may name another project's settings; they are ignored.
    """
    spare_what_is_loaded()
    os.environ["DJANGO_SETTINGS_MODULE"] = settings_module
    try:
        django.setup()
    except ImproperlyConfigured as error:
        raise SetupError(str(error)) from error


def prepare(*, for_people: bool = True) -> None:
    """Run missing migrations and add missing demo data. Leaves no connection open.

    Several set-ups on one database take turns. Demo data is only for DEMO_MODE. If ``for_people``,
    say how to make an admin if nobody can sign in yet.
    """
    with _prepared():
        if for_people and not _someone_can_sign_in():
            say(
                "  Nobody can sign in to the admin yet; this makes the first user:"
                " .venv/bin/python manage.py createsuperuser"
            )


def prepare_with_admin(*, new_password: bool) -> str | None:
    """The same, and make an admin. Returns the password if it was made now, otherwise None."""
    with _prepared():
        return _admins_password(replace=new_password)


@contextmanager
def _prepared() -> Iterator[None]:
    try:
        for line in targets():
            say(f"  {line}")
        with _turn("default"):
            for alias in _written_to():
                _migrate(alias)
            try:
                read_stored_secrets()
                if settings.DEMO_MODE:
                    _seed()
            except SecretUnreadable as error:
                raise SetupError(_how_to_mend(error)) from error
            yield
    except (Error, psycopg.Error) as error:
        if why := why_refused(error):
            raise SetupError(why) from error
        raise
    finally:
        close_connections()


def require_book() -> None:
    """Refuse to start on a schema that is not the book's."""
    try:
        books.this_book()
    except (ImproperlyConfigured, DatabaseError) as error:
        raise SetupError(str(error)) from error


def check() -> None:
    """Check that every database that is written to answers and is recent enough."""
    for alias in _written_to():
        _connect(alias).close()


def why_refused(error: Error | psycopg.Error) -> str | None:
    """Say in one line why the database did not do its part. None if the program is at fault."""
    try:
        check()
    except SetupError as away:
        return str(away)
    cause: BaseException | None = error
    while cause and not isinstance(cause, psycopg.Error):  # Django replaces them, some twice
        cause = cause.__cause__ or cause.__context__
    if isinstance(cause, NOT_MIGRATED):
        migrate = "books migrate" if settings.BOOK else "migrate"
        return books.why_nothing_is_here() or (
            f"the database lacks migrations; run .venv/bin/python manage.py {migrate} first"
        )
    if isinstance(cause, REFUSALS):
        return f"the database refused: {_first_line(cause)}"
    return None


def _written_to() -> list[str]:
    """All but the replica, which nobody needs to start."""
    return [alias for alias in connections if alias != replica.ALIAS]


def targets() -> Iterator[str]:
    """Describe the databases that the environment or `.env` names, before using them."""
    for alias, variable in (
        ("default", "DATABASE_URL"),
        ("provider", "PROVIDER_DATABASE_URL"),
        (replica.ALIAS, "READ_DATABASE_URL"),
    ):
        if setting(variable) and alias in connections:
            where = "the environment" if variable in os.environ else ".env"
            yield f"Database: {name_of(connections[alias].settings_dict)} ({variable} in {where})"


def _someone_can_sign_in() -> bool:
    users = get_user_model()._default_manager
    return users.filter(is_staff=True, is_active=True).exists()


def _admins_password(*, replace: bool) -> str | None:
    users = get_user_model()._default_manager
    admin = users.filter(username=ADMIN).first()
    if admin and not replace:
        return None
    password = secrets.token_urlsafe(12)
    if admin is None:
        admin = users.model(username=ADMIN, is_staff=True, is_superuser=True)
    admin.set_password(password)
    admin.save()
    return password


def _how_to_mend(error: SecretUnreadable) -> str:
    fresh = (
        "name another database" if setting("DATABASE_URL") else "remove the data (scripts/reset)"
    )
    return (
        f"{error} The database was used with another SECRET_KEY or SECRETS_KEY: restore the former"
        f" .env, or add the former key to SECRETS_KEY, or {fresh}"
    )


def close_connections() -> None:
    """Call this before processes are forked: a connection must never have two users."""
    for connection in connections.all(initialized_only=True):
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()


def _connect(alias: str) -> Connection:
    """Bypass Django's pool, which hides why a database is not available."""
    parameters = {**connections[alias].get_connection_params(), "connect_timeout": 5}
    try:
        connection = Connection.connect(**parameters, autocommit=True)
    except psycopg.OperationalError as error:
        where = name_of(connections[alias].settings_dict)
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
    return _first_line(error).rsplit(" failed: ", 1)[-1].removeprefix("FATAL:").strip()


def _first_line(error: Exception) -> str:
    [first, *_] = str(error).splitlines() or ["no reason given"]
    return first


@contextmanager
def _turn(alias: str) -> Iterator[None]:
    check()
    with _connect(alias) as waiting:
        waiting.patience_seconds = None
        # A transaction's lock, not a session's: behind a pooler somebody else gets the session
        # next and would keep the lock. Migrations have transactions of their own meanwhile.
        with waiting.transaction():
            for limit in LIMITS:
                waiting.execute(f"SET LOCAL {limit} = 0")
            waiting.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_SETUP_AT_A_TIME])
            yield


def _migrate(alias: str) -> None:
    connection = cast(DatabaseWrapper, connections[alias])
    if settings.BOOK == books.PUBLIC:
        raise SetupError("BOOK=public serves nobody: name a book")
    require_book()
    try:
        require_own_database(connection)
    except CommandError as error:
        raise SetupError(str(error)) from error
    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return
    if settings.BOOK:
        raise SetupError(f"{settings.BOOK} lacks migrations: manage.py books migrate")
    with (
        step(f"migrating the database ({alias})", f"database migrated ({alias})"),
        connection.without_limits(),  # the limits are for requests
    ):
        call_command("migrate", database=alias, interactive=False, verbosity=0)


def _seed() -> None:
    for command in sorted(name for name in get_commands() if name.startswith("seed_")):
        call_command(command, stdout=io.StringIO())
