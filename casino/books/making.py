"""Makes the books of a database, and migrates them and what they share to one version."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import NamedTuple

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection, transaction

from casino.books import citus, views
from casino.books.tables import tables_of_a_book
from config.books import ALL, COUNT_TABLE, MOST_BOOKS, PUBLIC, has_books, name_of
from config.management.commands.migrate import MARK

IDS_PER_BOOK = 10**12
"""Ids of rows are unique over all books, so that a view over all of them can be joined."""

_COUNT = f"CREATE TABLE {COUNT_TABLE} (name text PRIMARY KEY, number integer NOT NULL UNIQUE)"
# All books share the currencies but not the wallets, so no trigger can look for wallets everywhere.
# Therefore these two columns never change.
_CURRENCIES_ARE_FIXED = """
CREATE OR REPLACE FUNCTION public.casino_refuse_other_money() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the exponent and the wins of "%" stay as they are in all books', OLD.code
        USING ERRCODE = 'restrict_violation', TABLE = 'casino_currencies',
            CONSTRAINT = 'casino_currencies_fixed_once_used';
END;
$$
"""
_SEQUENCES = """
SELECT pg_get_serial_sequence(format('%%I.%%I', table_schema, table_name), column_name)
FROM information_schema.columns
WHERE table_schema = %s AND is_identity = 'YES' AND table_name LIKE 'casino%%'
"""


class Step(NamedTuple):
    """A schema that was brought up to date, or the reason why it was not."""

    schema: str
    trouble: str = ""


def names_of_books() -> list[str]:
    """The books of this database, in order. Raises CommandError if it has none."""
    if not has_books(connection):
        raise CommandError("This database has no books: manage.py books create N")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT name FROM {COUNT_TABLE} ORDER BY number")
        return [name for (name,) in cursor.fetchall()]


def make_books(number: int) -> None:
    """Fix the number of books, for good. ``migrate_all`` then fills their schemas.

    Raises CommandError if there are books or if tables in `public` show that this database is
    already used without books.
    """
    if not 2 <= number <= MOST_BOOKS:
        raise CommandError(f"The number of books is 2 to {MOST_BOOKS}.")
    with connection.cursor() as cursor:
        for table in (COUNT_TABLE, f"{PUBLIC}.{tables_of_a_book()[0]}"):
            cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [table])
            if cursor.fetchone()[0]:
                if table == COUNT_TABLE:
                    raise CommandError(
                        "This database has its books, whose number never changes. If their creation"
                        " was interrupted, manage.py books migrate completes it."
                    )
                raise CommandError(
                    f"There is a table {table}: the number of books is fixed before a database is"
                    " used, and never changes. Name an empty database in DATABASE_URL."
                )
    # The count comes after the first migrations, which refuse a database with other tables.
    if trouble := _migrate(PUBLIC).trouble:
        raise CommandError(trouble)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_COUNT)
        numbered = [(name_of(each), each) for each in range(1, number + 1)]
        cursor.executemany(f"INSERT INTO {COUNT_TABLE} VALUES (%s, %s)", numbered)


def migrate_all() -> Iterator[Step]:
    """Bring `public`, then every book, then the views over all books to this program's version.

    If a book fails, the others continue. The views are only made if none failed.
    """
    names = names_of_books()
    yield (step := _migrate(PUBLIC))
    if step.trouble:
        return
    with connection.cursor() as cursor:
        cursor.execute(_CURRENCIES_ARE_FIXED)
    has_failed = False
    for name in names:
        _make_schema(name)
        yield (step := _migrate(name))
        has_failed |= bool(step.trouble)
    if has_failed:
        return
    if citus.is_used():
        citus.place(names)
    for number, name in enumerate(names, start=1):
        _separate_ids(name, number)
    views.make(names)
    yield Step(ALL)


def run_in(schema: str, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command of manage.py for one book or for `public`, and wait until it ends."""
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, str(settings.BASE_DIR / "manage.py"), *command],
        env={**os.environ, "BOOK": schema, "SERVICES": ",".join(sorted(settings.SERVICES))},
        capture_output=True,
        text=True,
        check=False,
    )


def _migrate(schema: str) -> Step:
    ran = run_in(schema, "migrate", "--no-input", "--verbosity=0")
    said = ran.stderr.strip().removeprefix("CommandError: ")
    return Step(schema, said if ran.returncode else "")


def _make_schema(name: str) -> None:
    """Create a schema with its own history of migrations. Without one, a process would find the
    history in `public` and believe that nothing is left to do.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {name}")
        cursor.execute(
            f"CREATE TABLE IF NOT EXISTS {name}.django_migrations"
            f" (LIKE {PUBLIC}.django_migrations INCLUDING ALL)"
        )
        cursor.execute(f"COMMENT ON TABLE {name}.django_migrations IS '{MARK}'")


def _separate_ids(name: str, number: int) -> None:
    """Let each book number its rows from a different start."""
    with connection.cursor() as cursor:
        cursor.execute(_SEQUENCES, [name])
        for (sequence,) in cursor.fetchall():
            citus.advance(cursor, sequence, number * IDS_PER_BOOK)
