"""Every lock on a wallet is taken here: one ``select_for_update`` query, compiled once.

Django takes longer to compile such a query than PostgreSQL takes to run it, and the SQL is the
same each time: the queryset is written in Django's terms, compiled once, and its SQL kept.
"""

from collections.abc import Callable
from operator import itemgetter
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import Model, QuerySet

from casino.ledger.movements import Balance


class LockedWallet(NamedTuple):
    """A wallet's row, locked until the transaction ends."""

    pk: int
    wallet_id: str
    user_id: int
    currency: str
    is_redeemable: bool
    playable: int
    redeemable: int
    version: int
    chain_head: bytes

    @property
    def balance(self) -> Balance:
        return Balance(self.playable, self.redeemable)


WALLET_COLUMNS = (
    "wallet.id",
    "wallet.wallet_id",
    "wallet.user_id",
    "wallet.currency_id",
    "currency.is_redeemable",
    "wallet.playable_balance",
    "wallet.redeemable_balance",
    "wallet.version",
    "wallet.chain_head",
)
"""The columns of LockedWallet, in its order, as ``model.column``."""

Row = TypeVar("Row")


class WalletLock(Generic[Row]):
    """A query that finds one wallet by a key, locks its row and reads what the rules need.

    ``query`` makes a queryset with ``select_for_update(of=…, no_key=True)`` whose parameters are
    the key, in order; ``columns`` name what is read, as ``model.column``, LockedWallet's first.
    Foreign keys that point at the wallet only need its key: ``no_key`` lets them.
    """

    def __init__(
        self,
        query: Callable[..., QuerySet[Any]],
        *,
        key_length: int,
        columns: tuple[str, ...],
        read: Callable[[tuple[Any, ...]], Row],
    ) -> None:
        self._query = query
        self._key_length = key_length
        self._columns = columns
        self._read = read
        self._sql: str | None = None
        self._pick: Callable[[Any], tuple[Any, ...]] = tuple

    def take(self, cursor: CursorWrapper, key: tuple[str, ...]) -> Row | None:
        """Lock the row and read it; None where there is none. Must run in a transaction.

        Raises:
            OperationalError: the lock was not to be had within ``lock_timeout``.
        """
        if self._sql is None:
            self._compile()
        assert self._sql is not None
        cursor.execute(self._sql, key)
        row = cursor.fetchone()
        return None if row is None else self._read(self._pick(row))

    def _compile(self) -> None:
        """Needs a transaction: Django will not write FOR UPDATE outside of one."""
        markers = tuple(f"key-{number}" for number in range(self._key_length))
        compiler = self._query(*markers).query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        assert parameters == markers, f"the key is not all there is to fill in: {parameters}"
        position = {
            _name(column.target.model, column.target.attname): number
            for number, (column, _, _) in enumerate(compiler.select)
        }
        self._pick = itemgetter(*(position[name] for name in self._columns))
        self._sql = sql


def _name(model: type[Model], attname: str) -> str:
    return f"{model._meta.model_name}.{attname}"
