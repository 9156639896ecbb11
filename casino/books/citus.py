"""Everything specific to Citus, which places schemas on nodes.

Without Citus, all books are on one server, and these functions do what plain PostgreSQL does."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.core.management.base import CommandError
from django.db import connection

from casino.books.tables import tables_of_all
from config.books import COUNT_TABLE, PUBLIC


@cache
def is_used() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus')")
        return bool(cursor.fetchone()[0])


def set_up_role() -> None:
    """The guards of the ledger are triggers, which Citus only allows on its tables on request. The
    setting belongs to the role, because moving a book creates its triggers again.
    """
    if is_used():
        with connection.cursor() as cursor:
            cursor.execute("ALTER ROLE CURRENT_USER SET citus.enable_unsafe_triggers = on")
            cursor.execute("SET citus.enable_unsafe_triggers = on")


def place(books: Sequence[str]) -> None:
    """Hand new books over to Citus, which chooses a node for each and can then move it. This comes
    after the first migrations, because Citus cannot carry out all of the older ones.
    """
    with connection.cursor() as cursor:
        _share_tables(cursor)
        cursor.execute("SELECT schema_name::text FROM citus_schemas")
        placed = {name for (name,) in cursor.fetchall()}
        for book in books:
            if book not in placed:
                cursor.execute("SELECT citus_schema_distribute(%s)", [book])


def _share_tables(cursor: Any) -> None:
    """Copy the tables that all books share to every node, so that foreign keys and joins stay
    local. Citus keeps the copies equal.
    """
    cursor.execute(
        "SELECT logicalrelid::text FROM pg_dist_partition WHERE partmethod = 'n' AND repmodel = 't'"
    )
    shared = {name for (name,) in cursor.fetchall()}
    for table in [COUNT_TABLE.removeprefix(f"{PUBLIC}."), *tables_of_all()]:
        if table not in shared:
            cursor.execute("SELECT create_reference_table(%s)", [f"{PUBLIC}.{table}"])


def advance(cursor: Any, sequence: str, least: int) -> None:
    """Continue the sequence above ``least`` on every node. Each node of Citus counts in a range of
    its own, which begins at the sequence's minimum there.
    """
    statement = (
        f"SELECT setval('{sequence}', seqmin + {least})"
        f" FROM pg_sequence, {sequence} now"
        f" WHERE seqrelid = '{sequence}'::regclass AND now.last_value < seqmin + {least}"
    )
    if is_used():
        cursor.execute("SELECT success, result FROM run_command_on_all_nodes(%s)", [statement])
        for success, result in cursor.fetchall():
            if not success:
                raise CommandError(f"{sequence}: {result}")
    else:
        cursor.execute(statement)


def nodes() -> dict[str, str]:
    """The node of each book, by name. Empty if the books are in one server."""
    if not is_used():
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT table_name::text, nodename || ':' || nodeport FROM citus_shards"
            " WHERE table_name::text LIKE '%.casino_wallets'"
        )
        return {table.partition(".")[0]: node for table, node in cursor.fetchall()}


def move(book: str, node: str) -> None:
    """Move a book to a node (``host:port``) while it is in use. Raises CommandError."""
    if not is_used():
        raise CommandError("Only Citus moves books; this database does not have it.")
    host, _, port = node.rpartition(":")
    if not host or not port.isdigit():
        raise CommandError("Name the node as host:port; `books list` shows them.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT citus_schema_move(%s, %s, %s)", [book, host, int(port)])
