"""Every lock on a wallet is taken here: a ``select_for_update`` query, compiled once.

Django takes longer to compile such a query than PostgreSQL takes to run it, and the SQL is always
the same. So the query is written as a queryset, compiled once, and its SQL is kept.

The statement that waits for the lock reads only the wallet's own row, which PostgreSQL reads again
after the wait. Rows of other tables would be as they were before the wait. The look, which follows
under the lock, reads those.
"""

from collections.abc import Mapping
from typing import NamedTuple, Self

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, QuerySet, TextField
from django.db.models.sql.compiler import SQLCompiler

from casino.ledger import statements
from casino.ledger.money import Amount, MajorUnits
from casino.ledger.movements import Balance, Movement
from casino.ledger.prepared import Statement, statement
from casino.ledger.statements import Around, Look
from casino.models import Wallet


class LockedWallet(NamedTuple):
    """A wallet's row, locked until the transaction ends, and the rules of its currency."""

    pk: int
    wallet_id: str
    currency: str
    playable: int
    redeemable: int
    version: int
    chain_head: bytes
    exponent: int
    is_redeemable: bool

    @property
    def balance(self) -> Balance:
        return Balance(self.playable, self.redeemable)

    def after(self, movement: Movement) -> Self:
        """The wallet after the movement, with the chain head unchanged. Raises BalanceOverLimit."""
        playable, redeemable = movement.applied_to(self.balance)
        return self._replace(playable=playable, redeemable=redeemable, version=self.version + 1)

    def minor(self, amount: Amount) -> int:
        """The amount in minor units of the wallet's currency. Raises NotAnAmount."""
        return amount.to_minor(self.exponent) if isinstance(amount, MajorUnits) else amount


_COLUMNS = (
    "pk",
    "wallet_id",
    "currency_id",
    "playable_balance",
    "redeemable_balance",
    "version",
    "chain_head",
)
"""What the lock reads: the first columns of LockedWallet, in its order."""


class WalletLock:
    """Finds one wallet by a key, locks its row, and knows what to read around it.

    ``key`` maps the columns of the key to parameters of the statement. The lock is FOR NO KEY
    UPDATE, so that other transactions can still insert rows that refer to the wallet.
    """

    def __init__(self, around: Around, key: Mapping[str, str]) -> None:
        self._around = around
        self._key = key
        self._locks: dict[bool, Statement] = {}
        self._looks: dict[Look, Statement] = {}

    @property
    def is_of_play(self) -> bool:
        """Whether the look also reads a player, a game and its provider."""
        return self._around.tells_standing

    def key(self, parameters: Mapping[str, str | None]) -> tuple[object, ...]:
        """What tells its wallet from others that this lock finds."""
        return (self, *(parameters[name] for name in self._key.values()))

    def locking(self, *, waits: bool) -> Statement:
        """The lock. Unless it ``waits``, it finds nothing while somebody else has the wallet.

        The first call needs a connection to compile the lock. A thread must never hold two.
        """
        lock = self._locks.get(waits)
        if lock is None:
            lock = self._locks.setdefault(waits, self._compiled(waits=waits))
        return lock

    def looking(self, look: Look) -> Statement:
        """The look that follows under the lock."""
        looking = self._looks.get(look)
        if looking is None:
            made = statement(statements.looking(self._around, look))
            looking = self._looks.setdefault(look, made)
        return looking

    def _query(self, *, waits: bool) -> QuerySet[Wallet]:
        locked = Wallet.objects.select_for_update(of=("self",), no_key=True, skip_locked=not waits)
        return locked.filter(**{column: _Parameter(name) for column, name in self._key.items()})

    def _compiled(self, *, waits: bool) -> Statement:
        query = self._query(waits=waits).values_list(*_COLUMNS).query
        # Django compiles FOR UPDATE only within a transaction. Nothing is sent to the database.
        with transaction.atomic():
            sql, _ = query.get_compiler(connection=connection).as_sql()
        return statement(sql)


class _Parameter(Expression):
    """A named parameter in the SQL that a query is compiled to."""

    def __init__(self, name: str) -> None:
        super().__init__(output_field=TextField())
        self.name = name

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[str | int, ...]]:
        return f"%({self.name})s", ()


BY_SESSION = WalletLock(statements.SESSION, {"sessions__token": "token_digest"})
BY_PLAYER = WalletLock(
    statements.GAME_OF_PLAYER, {"user__username": "player_id", "wallet_id": "wallet_id"}
)
BY_ASSET = WalletLock(
    statements.HOLDING, {"user__username": "player_id", "currency_id": "asset_code"}
)
BY_ID = WalletLock(statements.WALLET_ALONE, {"wallet_id": "wallet_id"})
