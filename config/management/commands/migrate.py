"""Django's `migrate`, but it first names the database and refuses those of other projects."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder

from config.books import has_books
from config.postgres.address import name_of

MARK = "migrations of casino and provider"
OUR_APPS = ("casino", "provider")

# Without the tables that belong to extensions.
TABLES = """
    SELECT relname FROM pg_class
    WHERE relkind IN ('r', 'p') AND relnamespace::regnamespace::name = ANY (current_schemas(false))
      AND NOT EXISTS (
        SELECT FROM pg_depend
        WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e'
      )
    ORDER BY relname
"""


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        if options["verbosity"] > 0:
            self.stdout.write(f"Database: {name_of(connection.settings_dict)}")
        require_own_database(connection)
        super().handle(*args, **options)


def require_own_database(connection: BaseDatabaseWrapper) -> None:
    """Mark an empty database as ours. Raises CommandError if it has another project's tables."""
    if settings.BOOK:
        _require_schema(connection)
    else:
        _require_no_books(connection)
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        tables = [name for (name,) in cursor.fetchall()]
    if not tables:
        _mark(connection)
    elif not _is_ours(connection, tables):
        listed = ", ".join(tables[:3]) + (", …" if len(tables) > 3 else "")
        raise CommandError(
            f"The database {name_of(connection.settings_dict)} holds tables of something else"
            f" ({listed}). Nothing was changed. Name an empty database in DATABASE_URL."
        )


def _require_schema(connection: BaseDatabaseWrapper) -> None:
    """Otherwise the history of `public` would be taken for the book's."""
    if connection.alias != DEFAULT_DB_ALIAS:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        [schema] = cursor.fetchone() or [None]
    if schema != settings.BOOK:
        raise CommandError(f"There is no {settings.BOOK} in {name_of(connection.settings_dict)}.")


def _require_no_books(connection: BaseDatabaseWrapper) -> None:
    """A casino without books must not begin in `public` next to the books."""
    if connection.alias != DEFAULT_DB_ALIAS or "casino" not in settings.SERVICES:
        return
    if has_books(connection):
        raise CommandError(
            f"The players of {name_of(connection.settings_dict)} are spread over books: set BOOK"
            " to the one that this process serves, and use manage.py books migrate."
        )


def _mark(connection: BaseDatabaseWrapper) -> None:
    """Mark the database, so that migrations interrupted before our first table can continue."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        MigrationRecorder(connection).ensure_schema()
        cursor.execute(f"COMMENT ON TABLE django_migrations IS '{MARK}'")


def _is_ours(connection: BaseDatabaseWrapper, tables: list[str]) -> bool:
    if "django_migrations" not in tables:
        return False
    with connection.cursor() as cursor:
        # Two statements: Citus sends one that reads a book's table to the book's node, which does
        # not know the comment.
        cursor.execute("SELECT obj_description('django_migrations'::regclass)")
        [comment] = cursor.fetchone() or [None]
        if comment == MARK:
            return True
        cursor.execute(
            "SELECT EXISTS (SELECT FROM django_migrations WHERE app = ANY (%s))", [list(OUR_APPS)]
        )
        [is_ours] = cursor.fetchone() or [False]
    return bool(is_ours)
