"""Carries out postings in a database transaction: lock → look → decide → write.

The lock comes before the look, so that if equal requests arrive together, one writes and the others
find what it wrote. A transaction carries out one posting, or several that wait at the same time.
"""

import logging
import re
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import IntegrityError, OperationalError
from psycopg.errors import LockNotAvailable
from psycopg_pool import PoolTimeout

from casino.ledger import statements
from casino.ledger.errors import Refusal
from casino.ledger.ids import MICROSECOND
from casino.ledger.locks import LockedWallet
from casino.ledger.new_transactions import NewTransaction, writing
from casino.ledger.pipeline import MoneyTransaction, money_transaction
from casino.ledger.posting import Judged, Posted, Posting, Seen
from casino.ledger.prepared import Call, Row, statement
from casino.ledger.shards import way_to_begin
from config.postgres.connection import NoAnswer
from config.postgres.outcome import is_unknown

logger = logging.getLogger(__name__)

Outcome = Posted | Refusal | OperationalError
"""How a posting ended. The caller that asked for it raises the error."""

AnyPosting = Posting[Any]
Key = tuple[object, ...]
Sent = Callable[[Collection[Key]], None]
"""Called once COMMIT was sent, with the wallets that it will release."""

_ATTEMPTS = 3
_OF_SHARD = re.compile(r"_[0-9]+$")
_RACED = frozenset({"casino_transactions_once", "casino_transactions_one_reversal_a_bet"})
_WAIT_FOR_STANDBYS: Call = (statement(statements.WAIT_FOR_STANDBYS), {})


def _nothing(_locked: Collection[Key]) -> None:
    """Used if nobody needs to know when COMMIT was sent."""


def alone(
    posting: AnyPosting, *, within_seconds: float | None = None, sent: Sent = _nothing
) -> Posted:
    """Carry out one posting, which waits for its wallet. Raises as ``casino.ledger.post.post``."""
    once = partial(_once, posting, waits=True, within_seconds=within_seconds, sent=sent)
    posted = _until_its_id_is_not_raced(posting, once)
    if posted is None:
        raise posting.operation.missing()
    return posted


def alone_if_free(posting: AnyPosting, *, sent: Sent = _nothing) -> Posted | None:
    """Carry out one posting. Returns None if somebody else has the wallet, or there is none."""
    once = partial(_once, posting, waits=False, within_seconds=None, sent=sent)
    return _until_its_id_is_not_raced(posting, once)


def _until_its_id_is_not_raced(
    posting: AnyPosting, once: Callable[[], Posted | None]
) -> Posted | None:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return once()
        except IntegrityError as error:
            # Another wallet used the id, which a lock on this one cannot prevent: look again.
            if attempt == _ATTEMPTS or _constraint(error) not in _RACED:
                raise
            posting.committing = None
    raise AssertionError("unreachable")


def _once(
    posting: AnyPosting, *, waits: bool, within_seconds: float | None, sent: Sent
) -> Posted | None:
    lock = posting.lock(waits=waits)  # before the loan, because it may need a connection
    begin = way_to_begin()  # so may this one
    committing = partial(sent, [posting.key])
    with money_transaction(within_seconds) as running:
        row, found = begin(running, [lock, posting.look])  # 1. lock, 2. look
        if row is not None and found is not None:
            judged = posting.judge(posting.read(row, found))  # 3. decide
            if judged.transactions:
                running.commit(writing(judged.transactions), committing)  # 4. write
            elif judged.repeats:
                running.commit([_WAIT_FOR_STANDBYS], committing)
            return judged.posted
    return None


def together(
    postings: Sequence[AnyPosting], *, waits_for: Callable[[Key], bool], sent: Sent = _nothing
) -> list[Outcome | None]:
    """Carry out postings in one transaction. None means that a posting must be carried out alone.

    Wallets that somebody else has locked are left out, so that nobody waits for somebody else's
    wallet; the ones in ``waits_for`` are waited for nevertheless. ``sent`` is called once COMMIT
    was sent. If the transaction fails for any reason, nothing was written, and each posting must be
    carried out alone. If the outcome of COMMIT is unknown or the database did not answer in time,
    that error is the outcome of every posting; if a lock was not available in time, it is the
    outcome of those that waited for one.
    """
    waited_for = {each.key for each in postings if waits_for(each.key)}
    batch = _SharedTransaction(postings, waited_for)
    try:
        with money_transaction() as running:
            batch.carry_out(running, sent)
    except OperationalError as fault:
        if is_unknown(fault) or database_is_away(fault):
            return [repeated(fault) for _ in postings]
        left = _each_alone(postings, fault)
        if not wallet_is_held(fault):
            return left
        return [repeated(fault) if each.key in waited_for else None for each in postings]
    except Exception as fault:  # which posting caused it will show when each is carried out alone
        return _each_alone(postings, fault)
    return [batch.outcomes.get(id(posting)) for posting in postings]


def _each_alone(postings: Sequence[AnyPosting], fault: Exception) -> list[Outcome | None]:
    logger.info("%d operations are carried out one by one: %s", len(postings), fault)
    for posting in postings:
        posting.committing = None
    return [None] * len(postings)


class _SharedTransaction:
    """Postings on their way through one transaction.

    Later postings see what earlier ones have changed: the wallet's row with its balance, sequence
    and chain, and the time. If a posting's look may have missed something that an earlier one
    writes, because they share an id or a round, it looks again after that was written.
    """

    def __init__(self, postings: Sequence[AnyPosting], waited_for: Collection[Key]) -> None:
        self.outcomes: dict[int, Outcome] = {}
        self._left = list(postings)
        # Before the loan, because it may need a connection.
        self._locks = {each.key: each.lock(waits=each.key in waited_for) for each in postings}
        self._begin = way_to_begin()
        self._rows: dict[Key, Row | None] = {}
        self._wallets: dict[int, tuple[LockedWallet, datetime]] = {}
        self._touched: set[tuple[str, str | None]] = set()
        self._transactions: list[NewTransaction] = []

    def carry_out(self, running: MoneyTransaction, sent: Sent) -> None:
        looks = [each.look for each in self._left]
        rows = self._begin(running, [*self._locks.values(), *looks])
        self._rows = dict(zip(self._locks, rows, strict=False))
        commits = self._decide(rows[len(self._locks) :])
        while self._left:
            looks = [each.look for each in self._left]
            written, self._transactions = writing(self._transactions), []
            self._touched.clear()
            commits = self._decide(running.go_on([*written, *looks])[len(written) :]) or commits
        committing = partial(sent, [key for key, row in self._rows.items() if row is not None])
        if self._transactions:
            running.commit(writing(self._transactions), committing)
        elif commits:
            running.commit([_WAIT_FOR_STANDBYS], committing)

    def _decide(self, found: Sequence[Row | None]) -> bool:
        """Decide what can be decided and leave the rest. Returns whether a COMMIT is needed."""
        again: list[AnyPosting] = []
        commits = False
        for posting, look in zip(self._left, found, strict=True):
            row = self._rows[posting.key]
            if row is None or look is None:
                continue
            seen = posting.read(row, look)
            if self._may_have_missed_something(posting, seen):
                again.append(posting)
                continue
            try:
                judged = posting.judge(self._carried_to(seen))
            except Refusal as refusal:
                self.outcomes[id(posting)] = refusal
                continue
            self.outcomes[id(posting)] = judged.posted
            self._carry_on(judged)
            commits = commits or judged.repeats or bool(judged.transactions)
        self._left = again
        return commits

    def _may_have_missed_something(self, posting: AnyPosting, seen: Seen) -> bool:
        if not self._touched:
            return False
        asked, original = posting.parameters, seen.past.original
        looked_at = {
            ("id", asked["external_id"]),
            ("id", asked.get("related")),
            ("round", asked.get("round")),
            ("round", original.round_id if original else None),
        }
        return not self._touched.isdisjoint(looked_at)

    def _carried_to(self, seen: Seen) -> Seen:
        carried = self._wallets.get(seen.wallet.pk)
        if carried is None:
            return seen
        wallet, last = carried
        return seen._replace(wallet=wallet, booked_at=max(seen.booked_at, last + MICROSECOND))

    def _carry_on(self, judged: Judged) -> None:
        for transaction in judged.transactions:
            content = transaction.content
            self._wallets[transaction.wallet.pk] = transaction.wallet, content.created_at
            self._touched.add(("id", content.external_transaction_id))
            if content.related_external_transaction_id is not None:
                self._touched.add(("id", content.related_external_transaction_id))
            if content.round_id is not None:
                self._touched.add(("round", content.round_id))
        self._transactions.extend(judged.transactions)


def database_is_away(fault: OperationalError) -> bool:
    """Whether the database did not answer in time. Asking again would take just as long."""
    cause = fault.__cause__
    return isinstance(cause, NoAnswer | PoolTimeout)


def wallet_is_held(fault: OperationalError) -> bool:
    """Whether somebody else kept a row locked for longer than the lock time-out."""
    return isinstance(fault.__cause__, LockNotAvailable)


def repeated(fault: OperationalError) -> OperationalError:
    """The same error, to be raised in another thread."""
    copy = type(fault)(*fault.args)
    copy.__cause__ = fault.__cause__
    return copy


def _constraint(error: IntegrityError) -> str | None:
    diagnostics = getattr(error.__cause__, "diag", None)
    name: str | None = getattr(diagnostics, "constraint_name", None)
    # Citus adds the number of the table's shard.
    return name and _OF_SHARD.sub("", name)
