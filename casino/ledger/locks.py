"""Every lock on a wallet is taken here: one ``select_for_update`` query, compiled once.

Django takes longer to compile such a query than PostgreSQL takes to run it, and the SQL is the
same each time: the queryset is written in Django's terms, compiled once, and its SQL kept.
"""

from collections.abc import Callable
from operator import itemgetter
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import connection, transaction
from django.db.models import QuerySet

from casino.ledger.movements import Balance
from casino.ledger.pipeline import Statement, statement
from casino.models import Wallet


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
        self._read = read
        self._pick: Callable[[tuple[Any, ...]], tuple[Any, ...]] = tuple
        self._markers = tuple(f"key_{number}" for number in range(key_length))
        self._columns = columns
        self._lock: Statement | None = None
        self._wallet_sql = ""
        self._looks: dict[str, Statement] = {}

    def parameters(self, key: tuple[str, ...]) -> dict[str, Any]:
        """The key, as the statements name it."""
        return dict(zip(self._markers, key, strict=True))

    def seat(self, row: tuple[Any, ...]) -> Row:
        """What the lock's row says, in the caller's terms."""
        return self._read(self._pick(row))

    def statements(self, look_sql: str) -> tuple[Statement, Statement]:
        """The lock, and the look to take under it. {wallet} in it is the wallet's key."""
        if self._lock is None:
            self._compile()
        assert self._lock is not None
        look = self._looks.get(look_sql)
        if look is None:
            look = statement(look_sql.replace("{wallet}", f"({self._wallet_sql})"))
            look = self._looks.setdefault(look_sql, look)
        return self._lock, look

    def _compile(self) -> None:
        # A transaction only for Django, which writes FOR UPDATE nowhere else; nothing is sent.
        with transaction.atomic():
            locked = self._query(*self._markers)
            compiler = locked.query.get_compiler(connection=connection)
            sql = self._name_key(*compiler.as_sql())
        columns = [_name(column) for column, _, _ in compiler.select]
        self._pick = itemgetter(*(columns.index(name) for name in self._columns))
        wallet = locked.values("pk" if locked.model is Wallet else "wallet_id")
        wallet.query.select_for_update = False
        self._wallet_sql = self._name_key(
            *wallet.query.get_compiler(connection=connection).as_sql()
        )
        self._lock = statement(sql)

    def _name_key(self, sql: str, parameters: tuple[Any, ...]) -> str:
        """Django's nameless placeholders, by the names of the key's parts."""
        assert parameters == self._markers, f"the key is not all there is: {parameters}"
        return sql % tuple(f"%({marker})s" for marker in self._markers)


def _name(column: Any) -> str:
    return f"{column.target.model._meta.model_name}.{column.target.attname}"
