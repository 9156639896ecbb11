"""A superuser tampers with the ledger, with triggers and foreign keys off, and restores it."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

from casino.ledger.audit import Break, breaks
from casino.ledger.chain import Content
from casino.models import Transaction
from config.embedded_postgres import SUPERUSER, running_url
from tests.servers import database_url

_REMEMBER = """
CREATE TEMP TABLE kept_wallets AS SELECT * FROM casino_wallets WHERE id = ANY(%(wallets)s);
CREATE TEMP TABLE kept_transactions AS
    SELECT * FROM casino_transactions WHERE wallet_id = ANY(%(wallets)s);
CREATE TEMP TABLE kept_entries AS
    SELECT * FROM casino_ledger_entries WHERE transaction_id IN (SELECT id FROM kept_transactions);
CREATE TEMP TABLE newest AS SELECT coalesce(max(id), 0) AS entry FROM casino_ledger_entries;
"""

_PUT_BACK = """
DELETE FROM casino_ledger_entries
WHERE id IN (SELECT id FROM kept_entries) OR id > (SELECT entry FROM newest);
DELETE FROM casino_transactions
WHERE id IN (SELECT id FROM kept_transactions) OR wallet_id = ANY(%(wallets)s);
DELETE FROM casino_wallets WHERE id = ANY(%(wallets)s);
INSERT INTO casino_wallets SELECT * FROM kept_wallets;
INSERT INTO casino_transactions SELECT * FROM kept_transactions;
INSERT INTO casino_ledger_entries SELECT * FROM kept_entries;
"""


class Tampering:
    """Changes to some wallets and their rows that PostgreSQL does not refuse."""

    def __init__(self, sql: "psycopg.Connection[tuple[Any, ...]]", wallet_pks: list[int]) -> None:
        self._sql = sql
        self._wallet_pks = wallet_pks

    def run(self, query: str, *parameters: Any) -> None:
        """Run a statement that must change at least one row."""
        assert self._sql.execute(query, parameters).rowcount >= 1, "nothing was changed"

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return self._sql.execute(query, parameters).fetchall()

    def found(self, *, everywhere: bool = False) -> list[Break]:
        """What the audit finds in these wallets, or everywhere."""
        connection.close()  # so that everything is read again
        return list(breaks(wallet_pks=None if everywhere else self._wallet_pks))


@contextlib.contextmanager
def tampering(*wallet_pks: int) -> Iterator[Tampering]:
    parameters = {"wallets": list(wallet_pks)}
    with psycopg.connect(
        _superusers_url(), autocommit=True, cursor_factory=psycopg.ClientCursor
    ) as sql:
        sql.execute(_REMEMBER, parameters)
        sql.execute("SET session_replication_role = replica")
        try:
            yield Tampering(sql, list(wallet_pks))
        finally:
            with sql.transaction():
                sql.execute(_PUT_BACK, parameters)


CONTENT_COLUMNS = [
    {
        "wallet": "wallet_id",
        "kind": "transaction_type",
        "session": "session_id",
        "related_transaction": "related_transaction_id",
        "response_cache": "coalesce(response_cache::text, '')",
    }.get(name, name)
    for name in Content._fields
]
"""The fields of a Content in SQL, in their order."""


def content_of(row: Transaction) -> Content:
    """What the row's link protects."""
    columns = [column.partition("(")[2].partition(":")[0] or column for column in CONTENT_COLUMNS]
    content = Content(*(getattr(row, column) for column in columns))
    return content._replace(response_cache=row.response_cache or "")


def _superusers_url() -> str:
    """Only a superuser may turn triggers off, which the application's role is not."""
    if os.environ.get("DATABASE_URL"):
        return database_url()
    name = connection.settings_dict["NAME"]
    return running_url(settings.EMBEDDED_DATA_DIR, database=name, role=SUPERUSER)


def rows_named(found: Sequence[Break], invariant: str) -> set[tuple[str, str]]:
    """Table and key of the rows that break an invariant."""
    return {(broken.table, broken.row) for broken in found if broken.invariant == invariant}
