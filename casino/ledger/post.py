"""The only writer of balances, transactions and entries: lock → look → decide → write.

Each operation is one database transaction. The lock comes before the look, so that if equal
requests arrive together, one writes and the others find what it wrote.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple

from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError

from casino.ledger import statements
from casino.ledger.errors import Refusal
from casino.ledger.ids import at_microseconds
from casino.ledger.locks import LockedWallet, WalletLock
from casino.ledger.movements import Movement
from casino.ledger.operation import (
    NOBODY_PLAYS,
    Asked,
    GameTerms,
    Operation,
    Original,
    Past,
    Receipt,
    Standing,
    Stored,
)
from casino.ledger.page import Page
from casino.ledger.pipeline import Call, MoneyTransaction, Row, money_transaction, statement
from config.postgres.outcome import is_unknown

logger = logging.getLogger(__name__)

_WAIT_FOR_STANDBYS: Call = (statement(statements.WAIT_FOR_STANDBYS), {})

_ATTEMPTS = 3
_LOOK_AGAIN_WITHIN_SECONDS = 3.0
_RACED = frozenset({"casino_transactions_once", "casino_transactions_one_reversal_a_bet"})


class Posted(NamedTuple):
    """The answer to send, byte for byte, and whether it was given before."""

    body: str
    is_replay: bool


def post(operation: Asked, *, answer: Callable[[Receipt[Asked]], str]) -> Posted:
    """Carry out an operation once for its id, or return the answer that is stored for it.

    ``answer`` makes the body that is stored with the transaction. Like the operation's rules, it
    must be pure, because it runs with the wallet's row locked.

    If the outcome of COMMIT is unknown, the wallet is locked again on another connection. If the
    transaction is there, its stored answer is returned; otherwise the operation is carried out.

    Raises:
        Refusal: the operation's rules forbid it. Nothing was written. Its ``exponent`` is the
            wallet's.
        OperationalError: the lock or the database was not available in time. Nothing was written,
            unless ``config.postgres.outcome.is_unknown`` is true for the error: then COMMIT was
            sent and its outcome could not be found out.
        RuntimeError: called within a transaction.
    """
    # This comes first: compiling a lock takes a connection, and a thread must never hold two.
    posting = _Posting(operation, answer, _lock_and_look(operation))
    try:
        return posting.carry_out()
    except OperationalError as fault:
        if not is_unknown(fault):
            raise
        unknown = fault
    try:
        return posting.carry_out(within_seconds=_LOOK_AGAIN_WITHIN_SECONDS)
    except (DatabaseError, InterfaceError) as fault:
        logger.warning("%s; looking again failed: %s", unknown, fault)
        raise unknown from unknown.__cause__


def _lock_and_look(operation: Operation[Movement]) -> list[Call]:
    """Two statements in one round trip. The second starts once the first has its lock."""
    parameters = {
        **operation.parameters(),
        "source": operation.source,
        "external_id": operation.external_id,
    }
    return [(sent, parameters) for sent in operation.lock.statements(operation.look)]


@dataclass(slots=True)
class _Posting(Generic[Asked]):
    """One operation on its way into the ledger."""

    operation: Asked
    answer: Callable[[Receipt[Asked]], str]
    lock_and_look: list[Call]
    committing: str | None = None
    """The answer that is stored if the last COMMIT sent was carried out."""

    def carry_out(self, within_seconds: float | None = None) -> Posted:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return self._carry_out_once(within_seconds)
            except IntegrityError as error:
                # Another wallet used the id, which a lock on this one cannot prevent: look again.
                if attempt == _ATTEMPTS or _constraint(error) not in _RACED:
                    raise
                self.committing = None
        raise AssertionError("unreachable")

    def _carry_out_once(self, within_seconds: float | None) -> Posted:
        with money_transaction(within_seconds) as running:
            row, found = running.begin(self.lock_and_look)  # 1. lock, 2. look
            if row is not None and found is not None:
                seen = _read(row, found, self.operation.lock)
                try:
                    return self._decide_and_write(running, seen)
                except Refusal as refusal:
                    refusal.exponent = seen.wallet.exponent
                    raise
        raise self.operation.missing()  # the connection was given back before this

    def _decide_and_write(self, running: MoneyTransaction, seen: "_Seen") -> Posted:
        operation, wallet = self.operation, seen.wallet
        operation.admit(seen.past)
        if seen.stored is not None and operation.is_done_by(seen.stored, wallet):
            body = seen.stored.response_cache or ""
            _acknowledge(running, seen)
            return Posted(body, is_replay=body != self.committing)
        decision = operation.decide(wallet, seen.past)  # 3. decide
        page = Page(operation, operation.content(wallet), seen.past.standing, wallet)
        if decision.done_by is not None:
            receipt = page.receipt(decision, decision.done_by, wallet, seen.booked_at)
            _acknowledge(running, seen)
            return Posted(self.answer(receipt), is_replay=False)
        self.committing = body = page.write(decision, self.answer, seen.booked_at)
        running.commit(page.calls)  # 4. write
        return Posted(body, is_replay=False)


class _Seen(NamedTuple):
    """What the lock and the look have read."""

    wallet: LockedWallet
    booked_at: datetime
    has_standbys: bool
    stored: Stored | None
    past: Past


def _acknowledge(running: MoneyTransaction, seen: _Seen) -> None:
    """Wait, if the server has synchronous standbys, until they have what was written before.

    What is answered again may otherwise be lost with this server. Raises as ``post`` does.
    """
    if seen.has_standbys:
        running.commit([_WAIT_FOR_STANDBYS])


def _read(row: Row, found: Row, lock: WalletLock) -> _Seen:
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
    return _Seen(
        LockedWallet._make((*row, exponent, is_redeemable)),
        at_microseconds(booked_at),
        has_standbys,
        stored,
        Past(standing, Original(*original) if is_there else None, *facts),
    )


def _constraint(error: IntegrityError) -> str | None:
    diagnostics = getattr(error.__cause__, "diag", None)
    name: str | None = getattr(diagnostics, "constraint_name", None)
    return name
