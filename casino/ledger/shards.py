"""Locks and looks in a book's own tables on its node, bypassing Citus, which would plan both again.

Citus keeps each table of a book in one table of PostgreSQL, its shard, whose name is the table's
with a number that stays the same when the book is moved. A process that is connected to the book's
node can name the shards; PostgreSQL then keeps the plans, as it does without Citus. What is written
always goes through Citus.

The transaction first takes the lock with which Citus keeps writes and moves of a book apart, and
after the look it asks whether the shards are still in use here. If they are, they stay in use until
the transaction ends. If they are not, the book was moved: the transaction begins again through
Citus, and so does every later one of this process.
"""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import connection
from psycopg.errors import UndefinedTable

from casino.ledger.pipeline import MoneyTransaction
from casino.ledger.prepared import Call, Row, Statement, statement
from casino.models import Wallet

logger = logging.getLogger(__name__)

_HAS_CITUS = "SELECT to_regclass('pg_dist_shard') IS NOT NULL"
_SHARDS_HERE = """
SELECT relname::text, shardid
FROM pg_dist_shard
JOIN pg_class ON pg_class.oid = logicalrelid
JOIN pg_dist_placement USING (shardid)
JOIN pg_dist_local_group USING (groupid)
WHERE relnamespace IN (current_schema()::regnamespace, 'public'::regnamespace)
    AND pg_has_role(relowner, 'USAGE')
"""
# ShareLock, as Citus takes it before it writes. A move takes it in a mode that conflicts. Only the
# owner of the tables may take it.
_STAY = "SELECT FROM lock_shard_metadata(5, ARRAY[{number}])"
_ARE_HERE = """
SELECT FROM pg_dist_placement JOIN pg_dist_local_group USING (groupid) WHERE shardid = {number}
"""
# Citus plans each look again, and would spend a third of that time on the order of joins.
_JOIN_AS_WRITTEN: Call = (statement("SET LOCAL join_collapse_limit = 1"), {})


class Shards:
    """The shards of a book on the node that this process is connected to, by their numbers."""

    def __init__(self, numbers: Mapping[str, int]) -> None:
        self._numbers = numbers
        self._tables = re.compile(rf"\b({'|'.join(numbers)})\b".encode())
        self._statements: dict[bytes, Statement] = {}
        # All tables of a book are moved together, so one stands for all.
        number = numbers[Wallet._meta.db_table]
        self._stay: Call = (statement(_STAY.format(number=number)), {})
        self._are_here: Call = (statement(_ARE_HERE.format(number=number)), {})

    def begin(self, running: MoneyTransaction, calls: Sequence[Call]) -> list[Row | None] | None:
        """Like ``MoneyTransaction.begin``. Returns None and begins nothing if the book moved."""
        try:
            _, *rows, here = running.begin(
                [self._stay, *((self._of(call), values) for call, values in calls), self._are_here]
            )
        except UndefinedTable:  # a move removes the shards in the end
            here = None
        if here is None:
            running.end()
            return None
        return rows

    def _of(self, call: Statement) -> Statement:
        """The statement, with the shards in place of the tables."""
        known = self._statements.get(call.name)
        if known is None:
            sql = self._tables.sub(self._shard, call.sql)
            known = self._statements.setdefault(call.name, Statement(sql, call.parameters))
        return known

    def _shard(self, table: re.Match[bytes]) -> bytes:
        return b"%b_%d" % (table[1], self._numbers[table[1].decode()])


def shards_at(cursor: Any) -> Shards | None:
    """The shards of the schema in use, if the connected node has them."""
    cursor.execute(_HAS_CITUS)
    if not cursor.fetchone()[0]:
        return None
    cursor.execute(_SHARDS_HERE)
    numbers = dict(cursor.fetchall())
    return Shards(numbers) if Wallet._meta.db_table in numbers else None


class _Node:
    """The node that this process is connected to."""

    def __init__(self) -> None:
        self._is_known = False
        self._shards: Shards | None = None

    def find_shards(self) -> None:
        if not self._is_known:
            with connection.cursor() as cursor:
                self._shards = shards_at(cursor)
            self._is_known = True

    def begin(self, running: MoneyTransaction, calls: Sequence[Call]) -> list[Row | None]:
        if self._shards is not None:
            rows = self._shards.begin(running, calls)
            if rows is not None:
                return rows
            self._shards = None
            logger.warning("%s was moved to another node: it is read through Citus", settings.BOOK)
        return running.begin([_JOIN_AS_WRITTEN, *calls])[1:]


_node = _Node()


def way_to_begin() -> Callable[[MoneyTransaction, Sequence[Call]], list[Row | None]]:
    """How to begin a transaction: like ``MoneyTransaction.begin``, but bypassing Citus if possible.

    The first call may need a connection, and a thread must never hold two.
    """
    if not settings.BOOK:
        return MoneyTransaction.begin
    _node.find_shards()
    return _node.begin
