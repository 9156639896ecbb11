"""The only way into the ledger for code that moves money."""

import logging
from collections.abc import Callable, Sequence
from typing import Generic

from django.db import DatabaseError, InterfaceError, OperationalError

from casino.ledger.dispatcher import dispatcher
from casino.ledger.execution import alone
from casino.ledger.operation import Asked, Receipt
from casino.ledger.pipeline import require_transaction_of_its_own
from casino.ledger.posting import Posted, Posting
from casino.ledger.queues import Task
from config.postgres.outcome import is_unknown

__all__ = ["Posted", "Submission", "post"]

logger = logging.getLogger(__name__)

_LOOK_AGAIN_WITHIN_SECONDS = 3.0
_ANSWERED_WITHIN_SECONDS = 10.0
"""After its arrival, an operation waits at most 2 s in a queue and 7 s for its transaction. The
rest is for looking again. Earlier steps, like reading the caller's secret, may take another 2 s."""


def post(operation: Asked, *, answer: Callable[[Receipt[Asked]], str]) -> Posted:
    """Carry out an operation once for its id, or return the answer that is stored for it.

    ``answer`` makes the body that is stored with the transaction. Like the operation's rules, it
    must be pure, because it runs with the wallet's row locked, and perhaps in another thread: what
    waits at the same time is posted together (``casino.ledger.dispatcher``).

    If the outcome of COMMIT is unknown, the wallet is locked again on another connection. If the
    transaction is there, its stored answer is returned; otherwise the operation is carried out.

    Raises:
        Refusal: the operation's rules forbid it. Nothing was written. Its ``exponent`` is the
            wallet's.
        OperationalError: the lock or the database was not available in time. Nothing was written,
            unless ``config.postgres.outcome.is_unknown`` is true for the error: then COMMIT was
            sent and its outcome could not be found out.
        RuntimeError: called within a transaction, or where reads come from a replica.
    """
    return Submission(operation, answer).result()


class Submission(Generic[Asked]):
    """An operation that one thread can post together with others: see ``post``."""

    __slots__ = ("_has_had_its_turn", "_task")

    def __init__(self, operation: Asked, answer: Callable[[Receipt[Asked]], str]) -> None:
        require_transaction_of_its_own()  # here, because the thread that leads may be another
        self._task = Task(Posting(operation, answer))
        self._has_had_its_turn = False

    @staticmethod
    def carry_out(submissions: "Sequence[Submission[Asked]]", make_way: Callable[[], None]) -> None:
        """Post these. Some may be left, for example those whose wallet somebody else holds.

        ``make_way`` is called once others may be carried out at the same time.
        """
        dispatcher.serve([submission._task for submission in submissions], make_way)
        for submission in submissions:
            submission._has_had_its_turn = True

    @property
    def is_done(self) -> bool:
        """Whether ``result`` no longer needs to wait."""
        outcome = self._task.outcome
        if isinstance(outcome, Exception):
            return not is_unknown(outcome)
        return outcome is not None

    def result(self) -> Posted:
        """The outcome; carries the operation out unless that was done. Raises like ``post``."""
        if not self._has_had_its_turn:
            self.carry_out([self], lambda: None)
        outcome = self._task.outcome
        if outcome is None:
            outcome = dispatcher.serve_alone(self._task)
        if isinstance(outcome, OperationalError) and is_unknown(outcome):
            left = _ANSWERED_WITHIN_SECONDS - self._task.age_seconds
            return _look_again(self._task.posting, outcome, within_seconds=left)
        if isinstance(outcome, Posted):
            return outcome
        raise outcome


def _look_again(
    posting: Posting[Asked], unknown: OperationalError, *, within_seconds: float
) -> Posted:
    within_seconds = min(_LOOK_AGAIN_WITHIN_SECONDS, within_seconds)
    if within_seconds <= 0:
        raise unknown
    try:
        return alone(posting, within_seconds=within_seconds)
    except (DatabaseError, InterfaceError) as fault:
        logger.warning("%s; looking again failed: %s", unknown, fault)
        raise unknown from unknown.__cause__
