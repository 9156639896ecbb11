"""Sends an operation to the casino: journalled before each call, retried with the same bytes."""

from collections.abc import Mapping

from provider import casino_client
from provider.models import BetKind
from provider.runs import journal
from provider.runs.journal import Amends
from provider.runs.script import Operation
from provider.verdicts import Answer

_PATHS: Mapping[str, str] = {
    BetKind.DEBIT: "/casino/debit",
    BetKind.CREDIT: "/casino/credit",
    BetKind.ROLLBACK: "/casino/rollback",
}


def send(
    *, run_pk: int, operation: Operation, again: bool = False, amends: Amends | None = None
) -> Answer | None:
    """Have the casino carry ``operation`` out, and record what it says.

    Returns the last answer; None where nothing was sent, because the operation was decided
    already, perhaps by another process that plays the same run.
    ``again`` asks for an accepted operation once more: the casino repeats its stored answer.
    ``amends`` asks for one that is decided here, and otherwise in the casino's books.
    """

    def attempt_once() -> Answer | None:
        attempt = journal.begin_attempt(run_pk, operation, again=again, amends=amends)
        if attempt is None:
            return None
        answer = casino_client.call(
            attempt.bet.session.casino,
            _PATHS[operation.kind],
            attempt.bet.body,
            kind=operation.kind,
            transaction_id=operation.transaction_id,
        )
        journal.record(attempt, answer, amends)
        return answer

    answers = casino_client.until_decided(attempt_once)
    return answers[-1] if answers else None
