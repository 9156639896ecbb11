"""One operation on its way into the ledger: what was read for it, and what it writes. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, NamedTuple

from casino.ledger import statements
from casino.ledger.errors import Refusal
from casino.ledger.ids import at_microseconds
from casino.ledger.locks import LockedWallet, WalletLock
from casino.ledger.new_transactions import NewTransaction, TransactionBuilder
from casino.ledger.operation import (
    NOBODY_PLAYS,
    Asked,
    GameTerms,
    Original,
    Past,
    Receipt,
    Standing,
    Stored,
)
from casino.ledger.prepared import Call, Row


class Posted(NamedTuple):
    """The answer to send, byte for byte, and whether it was given before."""

    body: str
    is_replay: bool


class Judged(NamedTuple):
    """The answer, and the transactions to commit before it may be given.

    ``repeats`` says that the answer, which writes nothing, relies on an earlier commit, which
    synchronous standbys must have too.
    """

    posted: Posted
    transactions: Sequence[NewTransaction] = ()
    repeats: bool = False


class Seen(NamedTuple):
    """What the lock and the look have read."""

    wallet: LockedWallet
    booked_at: datetime
    has_standbys: bool
    stored: Stored | None
    past: Past


@dataclass(slots=True)
class Posting(Generic[Asked]):
    """An operation, how its answer is made, and the statements that read what it depends on."""

    operation: Asked
    answer: Callable[[Receipt[Asked]], str]
    committing: str | None = None
    """The answer that is stored if the last COMMIT sent was carried out."""
    key: tuple[object, ...] = field(init=False)
    """The key of its wallet. Two different keys may still mean the same wallet."""
    parameters: dict[str, str | None] = field(init=False)
    look: Call = field(init=False)

    def __post_init__(self) -> None:
        operation = self.operation
        self.parameters = {
            **operation.parameters(),
            "source": operation.source,
            "external_id": operation.external_id,
        }
        self.key = operation.lock.key(self.parameters)
        self.look = operation.lock.looking(operation.look), self.parameters

    def lock(self, *, waits: bool) -> Call:
        """The lock. Unless it ``waits``, it finds nothing while somebody else has the wallet."""
        return self.operation.lock.locking(waits=waits), self.parameters

    def read(self, row: Row, found: Row) -> Seen:
        """What the rows of the lock and the look contain."""
        return _read(row, found, self.operation.lock)

    def judge(self, seen: Seen) -> Judged:
        """Decide. Raises Refusal, whose ``exponent`` is the wallet's."""
        try:
            return self._judge(seen)
        except Refusal as refusal:
            refusal.exponent = seen.wallet.exponent
            raise

    def _judge(self, seen: Seen) -> Judged:
        operation, wallet = self.operation, seen.wallet
        operation.admit(seen.past)
        if seen.stored is not None and operation.is_done_by(seen.stored, wallet):
            body = seen.stored.response_cache or ""
            posted = Posted(body, is_replay=body != self.committing)
            return Judged(posted, repeats=seen.has_standbys)
        decision = operation.decide(wallet, seen.past)
        builder = TransactionBuilder(
            operation, operation.content(wallet), seen.past.standing, wallet
        )
        if decision.done_by is not None:
            receipt = builder.receipt(decision, decision.done_by, wallet, seen.booked_at)
            posted = Posted(self.answer(receipt), is_replay=False)
            return Judged(posted, repeats=seen.has_standbys)
        self.committing = body = builder.write(decision, self.answer, seen.booked_at)
        return Judged(Posted(body, is_replay=False), builder.transactions)


def _read(row: Row, found: Row, lock: WalletLock) -> Seen:
    booked_at, has_standbys, exponent, is_redeemable, *rest = found
    standing = NOBODY_PLAYS
    if lock.is_of_play:
        player, rest = rest[: statements.PLAYER_WIDTH], rest[statements.PLAYER_WIDTH :]
        game, rest = rest[: statements.GAME_WIDTH], rest[statements.GAME_WIDTH :]
        standing = Standing._make((*player, None if game[0] is None else GameTerms(*game)))
    stored = None if rest[0] is None else Stored(*rest[: statements.STORED_WIDTH])
    rest = rest[statements.STORED_WIDTH :]
    original, facts = rest[: statements.ORIGINAL_WIDTH], rest[statements.ORIGINAL_WIDTH :]
    is_there = bool(original) and original[0] is not None
    return Seen(
        LockedWallet._make((*row, exponent, is_redeemable)),
        at_microseconds(booked_at),
        has_standbys,
        stored,
        Past(standing, Original(*original) if is_there else None, *facts),
    )
