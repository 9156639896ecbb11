"""The only writer of balances, transactions and entries: lock → look → decide → write.

One database transaction each. The lock comes before the look, so that of equal requests that arrive
together one writes and the others find what it wrote.
"""

import enum
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError

from casino.ledger import statements
from casino.ledger.chain import Content, link
from casino.ledger.details import say_the_same
from casino.ledger.errors import (
    NotAnAmount,
    Refusal,
    TransactionConflict,
    TransactionRolledBack,
    WalletNotFound,
)
from casino.ledger.ids import MICROSECOND, at_microseconds, new_transaction_id
from casino.ledger.locks import LockedWallet, WalletLock
from casino.ledger.money import MajorUnits
from casino.ledger.movements import NOTHING, Balance, Movement
from casino.ledger.pipeline import Call, MoneyTransaction, Row, money_transaction, statement
from casino.models import Kind
from config.postgres.outcome import is_unknown

logger = logging.getLogger(__name__)

_WRITE_WITH_ENTRIES = statement(statements.WRITE_WITH_ENTRIES)
_WRITE_WITHOUT_ENTRIES = statement(statements.WRITE_WITHOUT_ENTRIES)

_ATTEMPTS = 3
_LOOK_AGAIN_WITHIN_SECONDS = 3.0
_RACED = frozenset({"casino_transactions_once", "casino_transactions_one_reversal_a_bet"})


class Look(enum.Enum):
    """What of the past a decision needs, besides the result stored for the same id."""

    NOTHING = statements.NOTHING
    PAYOUT = statements.PAYOUT
    ROUND = statements.ROUND
    ORIGINAL = statements.ORIGINAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a caller asks of a wallet. None stands for what the request did not say.

    ``source`` is the namespace of ``external_id``: ids of one source move money once.
    ``amount`` is in minor units, or in major ones as the request wrote them: how many decimals
    the wallet's currency has is read under the lock. ``details`` is JSON text of what else the
    request said.
    """

    source: str
    external_id: str
    kind: Kind
    amount: int | MajorUnits | None = None
    currency: str | None = None
    round_id: str | None = None
    related_external_id: str | None = None
    external_session_id: str | None = None
    game_code: str | None = None
    details: str = ""
    request_id: str = ""

    @property
    def carries_id_of_its_bet(self) -> bool:
        """Some senders give a rollback no id of its own."""
        return self.external_id == self.related_external_id

    def amount_in(self, wallet: LockedWallet) -> int:
        """The amount in minor units of the wallet's currency. Raises NotAnAmount."""
        assert self.amount is not None
        if isinstance(self.amount, MajorUnits):
            return self.amount.to_minor(wallet.exponent)
        return self.amount


class Original(NamedTuple):
    """The transaction that a request refers to."""

    id: UUID
    kind: str
    wallet_pk: int
    round_id: str | None
    amount: int
    redeemable_amount: int
    is_reversed: bool


class Standing(NamedTuple):
    """Who plays what, and whether they may. Amounts are minor units.

    ``session_pk`` is None where no session of the casino's own is played, all that is about the
    game is None where there is no such game; ``max_bet`` None: no bound.
    """

    player_status: str
    session_pk: int | None
    session_status: str
    provider_pk: int | None
    provider_is_disabled: bool | None
    game_code: str | None
    game_is_active: bool | None
    min_bet: int | None
    max_bet: int | None


class Past(NamedTuple):
    """What there is, under the lock, of what a request builds on.

    ``standing`` is None where the lock is not one of play.
    """

    standing: Standing | None = None
    original: Original | None = None
    round_has_payout: bool = False
    round_has_bet: bool = False
    round_has_open_bet: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is to be written.

    ``kind`` and ``round_id`` where they are not the order's. ``claims`` is the id of an unknown
    bet, to be laid a tombstone for; ``meets_tombstone`` says that the bet has one, now or already.
    """

    movement: Movement = NOTHING
    kind: Kind | None = None
    round_id: str | None = None
    related: UUID | None = None
    claims: str | None = None
    meets_tombstone: bool = False
    session_pk: int | None = None
    game_code: str | None = None


class Receipt(NamedTuple):
    """A transaction as it is about to be written, for the answer to be made of it."""

    transaction_id: UUID
    order: Order
    decision: Decision
    kind: Kind
    round_id: str | None
    wallet: LockedWallet
    """The wallet after the transaction."""
    booked_at: datetime


class Posted(NamedTuple):
    """The answer to send, byte for byte, and whether it was given before."""

    body: str
    is_replay: bool


def post(
    order: Order,
    *,
    lock: WalletLock,
    key: Mapping[str, str],
    look: Look,
    decide: Callable[[LockedWallet, Past], Decision],
    respond: Callable[[Receipt], str],
    missing: Callable[[], Exception] = lambda: WalletNotFound("There is no such wallet."),
    admit: Callable[[Past], None] = lambda _past: None,
) -> Posted:
    """Move money once for ``order``, whatever arrives at the same time, or give the stored answer.

    ``admit`` raises a Refusal where the caller has no business, not even with what is a replay.
    ``decide`` raises a Refusal, or says what is to be written; ``respond`` makes the body that is
    stored with the transaction. All must be pure: they run with the wallet's row locked.

    Where it is not known what became of COMMIT, the wallet is locked again on another connection,
    and what is there is the answer; where nothing is there, the operation is carried out then.

    Raises:
        Refusal: by the rules of ``admit`` and ``decide``, or TransactionConflict,
            TransactionRolledBack. Nothing was written. Its ``exponent`` is the wallet's.
        OperationalError: the lock or the database was not available in time. Nothing was written,
            unless ``config.postgres.outcome.is_unknown`` says so of the error: then COMMIT was
            sent, and its fate could not be learnt.
        RuntimeError: called within a transaction.
    """
    # Made first: to compile a lock takes a connection, and a thread must never hold two.
    calls = _lock_and_look(order, lock, key, look)
    posting = _Posting(order, lock, calls, admit, decide, respond, missing)
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


@dataclass(slots=True)
class _Posting:
    """One order on its way into the ledger."""

    order: Order
    lock: WalletLock
    lock_and_look: list[Call]
    admit: Callable[[Past], None]
    decide: Callable[[LockedWallet, Past], Decision]
    respond: Callable[[Receipt], str]
    missing: Callable[[], Exception]
    committing: str | None = None
    """The answer that is stored if the COMMIT which was sent last was carried out."""

    def carry_out(self, within_seconds: float | None = None) -> Posted:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return self._carry_out_once(within_seconds)
            except IntegrityError as error:
                # Another wallet used the id (a lock on this one does not stop that): look again.
                if attempt == _ATTEMPTS or _constraint(error) not in _RACED:
                    raise
                self.committing = None
        raise AssertionError("unreachable")

    def _carry_out_once(self, within_seconds: float | None) -> Posted:
        with money_transaction(within_seconds) as running:
            row, found = running.begin(self.lock_and_look)  # 1. lock, 2. look
            if row is not None and found is not None:
                wallet, booked_at, stored, past = _read(row, found, self.lock)
                try:
                    return self._judge(running, wallet, booked_at, stored, past)
                except Refusal as refusal:
                    refusal.exponent = wallet.exponent
                    raise
        raise self.missing()  # which may ask the database why, with the connection given back

    def _judge(
        self,
        running: MoneyTransaction,
        wallet: LockedWallet,
        booked_at: datetime,
        stored: "_Stored | None",
        past: Past,
    ) -> Posted:
        self.admit(past)
        if stored is not None:
            if past.original is not None and _finds_tombstone(self.order, stored):
                found = _tombstone_found(self.order, wallet, past.original, booked_at)
                return Posted(self.respond(found), is_replay=False)
            body = _answer_again(self.order, wallet, stored)
            return Posted(body, is_replay=body != self.committing)
        decision = self.decide(wallet, past)  # 3. decide
        writes, body = _write(self.order, wallet, booked_at, decision, self.respond)
        self.committing = body
        running.commit(writes)  # 4. write
        return Posted(body, is_replay=False)


def _lock_and_look(
    order: Order, lock: WalletLock, key: Mapping[str, str], look: Look
) -> list[Call]:
    """Two statements in one round trip: the second starts when the first has its lock."""
    parameters = {
        **key,
        "source": order.source,
        "external_id": order.external_id,
        "related": order.related_external_id,
        "round": order.round_id,
        "game_code": order.game_code,
    }
    return [(sent, parameters) for sent in lock.statements(look.value)]


def _read(
    row: Row, found: Row, lock: WalletLock
) -> tuple[LockedWallet, datetime, "_Stored | None", Past]:
    """What the lock and the look have read."""
    booked_at, exponent, is_redeemable = found[: statements.AROUND_WIDTH]
    wallet = LockedWallet._make((*row, exponent, is_redeemable))
    found = found[statements.AROUND_WIDTH :]
    standing = None
    if lock.is_of_play:
        standing = Standing(*found[: statements.STANDING_WIDTH])
        found = found[statements.STANDING_WIDTH :]
    stored = _Stored(*found[: statements.STORED_WIDTH])
    rest = found[statements.STORED_WIDTH :]
    original = None
    if rest and rest[0] is not None:
        original = Original(*rest[: statements.ORIGINAL_WIDTH])
    past = Past(standing, original, *rest[statements.ORIGINAL_WIDTH :])
    return wallet, at_microseconds(booked_at), stored if stored.kind is not None else None, past


class _Stored(NamedTuple):
    """A transaction that has the id of the request at hand."""

    kind: str
    wallet_pk: int
    amount: int
    round_id: str | None
    related_external_id: str | None
    external_session_id: str | None
    game_code: str | None
    details: str
    response_cache: str | None


def _finds_tombstone(order: Order, stored: _Stored) -> bool:
    """Whether another rollback has laid the tombstone that this one would be.

    A tombstone that was laid by its own request refers to itself, and has the answer.
    """
    return (
        order.kind == Kind.ROLLBACK
        and order.carries_id_of_its_bet
        and stored.kind == Kind.TOMBSTONE
        and stored.related_external_id is None
    )


def _tombstone_found(
    order: Order, wallet: LockedWallet, tombstone: Original, now: datetime
) -> Receipt:
    """For an answer that nothing is stored of: the tombstone keeps the bet out already."""
    decision = Decision(related=tombstone.id, meets_tombstone=True)
    round_id = tombstone.round_id or order.round_id
    return Receipt(tombstone.id, order, decision, Kind.TOMBSTONE, round_id, wallet, now)


def _answer_again(order: Order, wallet: LockedWallet, stored: _Stored) -> str:
    """The stored answer, if the request is the same as then (contract, 2, rules 1 and 2)."""
    if stored.kind == Kind.TOMBSTONE and order.kind == Kind.BET:
        raise TransactionRolledBack("The bet was rolled back before it came.")
    was_rollback = stored.kind == Kind.REPEATED_ROLLBACK or (
        stored.kind == Kind.TOMBSTONE and stored.related_external_id is not None
    )
    stored_kind = Kind.ROLLBACK if was_rollback else stored.kind
    is_same = (
        stored_kind == order.kind
        and stored.wallet_pk == wallet.pk
        and _is_amount(order, wallet, stored)
        and order.currency in (None, wallet.currency)
        and order.round_id in (None, stored.round_id)
        and order.game_code in (None, stored.game_code)
        and order.related_external_id == stored.related_external_id
        and order.external_session_id == stored.external_session_id
        and say_the_same(order.details, stored.details)
    )
    if not is_same:
        raise TransactionConflict("This id was used before, for something else.")
    return stored.response_cache or ""


def _is_amount(order: Order, wallet: LockedWallet, stored: _Stored) -> bool:
    try:
        return order.amount is None or order.amount_in(wallet) == stored.amount
    except NotAnAmount:
        return False


def _write(
    order: Order,
    wallet: LockedWallet,
    booked_at: datetime,
    decision: Decision,
    respond: Callable[[Receipt], str],
) -> tuple[list[Call], str]:
    """What to write, and the answer; a tombstone, which claims an unknown bet's id, goes first."""
    writes = []
    if decision.claims is not None:
        marker = replace(
            order, kind=Kind.TOMBSTONE, external_id=decision.claims, related_external_id=None
        )
        plain = Decision(session_pk=decision.session_pk)
        laid = _append(marker, wallet, booked_at, plain, _no_body)
        wallet, decision = laid.wallet, replace(decision, related=laid.transaction_id)
        booked_at += MICROSECOND
        writes.append(laid.write)
    appended = _append(order, wallet, booked_at, decision, respond)
    return [*writes, appended.write], appended.body


def _no_body(_receipt: Receipt) -> str:
    return ""


class _Appended(NamedTuple):
    transaction_id: UUID
    wallet: LockedWallet
    body: str
    write: Call


def _append(
    order: Order,
    wallet: LockedWallet,
    booked_at: datetime,
    decision: Decision,
    respond: Callable[[Receipt], str],
) -> _Appended:
    """One transaction, its entries and the balance, to be written by one statement."""
    transaction_id = new_transaction_id(booked_at)
    movement = decision.movement
    after = movement.applied_to(wallet.balance)
    moved = wallet._replace(
        playable=after.playable, redeemable=after.redeemable, version=wallet.version + 1
    )
    kind = decision.kind or order.kind
    round_id = decision.round_id or order.round_id
    body = respond(Receipt(transaction_id, order, decision, kind, round_id, moved, booked_at))
    content = Content(
        id=transaction_id,
        wallet=wallet.pk,
        sequence=moved.version,
        kind=kind.value,
        source=order.source,
        external_transaction_id=order.external_id,
        round_id=round_id,
        session=decision.session_pk,
        external_session_id=order.external_session_id,
        game_code=order.game_code or decision.game_code,
        amount=movement.amount,
        redeemable_amount=movement.redeemable_amount,
        balance_after=after.playable,
        redeemable_after=after.redeemable,
        related_transaction=decision.related,
        related_external_transaction_id=order.related_external_id,
        response_cache=body,
        details=order.details,
        request_id=order.request_id,
        created_at=booked_at,
    )
    moved = moved._replace(chain_head=link(wallet.chain_head, content))
    write = _insertion(content, moved, movement, wallet.balance)
    return _Appended(transaction_id, moved, body, write)


def _insertion(content: Content, wallet: LockedWallet, movement: Movement, before: Balance) -> Call:
    values: dict[str, Any] = content._asdict()
    values["link"] = wallet.chain_head
    values["response_cache"] = content.response_cache or None
    if movement.playable == 0:
        return _WRITE_WITHOUT_ENTRIES, values
    values.update(
        account=movement.account.value,
        currency=wallet.currency,
        playable_change=movement.playable,
        house_change=-movement.playable,
        redeemable_change=movement.redeemable,
        balance_before=before.playable,
        redeemable_before=before.redeemable,
    )
    return _WRITE_WITH_ENTRIES, values


def _constraint(error: IntegrityError) -> str | None:
    diagnostics = getattr(error.__cause__, "diag", None)
    name: str | None = getattr(diagnostics, "constraint_name", None)
    return name
