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
    """Ask the casino to carry out ``operation``, and record what it answers.

    Returns the last answer, or None if nothing was sent because the operation was already decided,
    perhaps by another process that plays the same run.

    With ``again``, an accepted operation is sent once more, and the casino repeats its stored
    answer. With ``amends``, an operation is sent that is decided here but differs in the casino's
    books.
    """

    def attempt_once() -> Answer | None:
        attempt = journal.begin_attempt(
            run_pk=run_pk, operation=operation, again=again, amends=amends
        )
        if attempt is None:
            return None
        answer = casino_client.call(
            casino=attempt.bet.session.casino,
            path=_PATHS[operation.kind],
            request=attempt.bet.body,
            kind=operation.kind,
            transaction_id=operation.transaction_id,
        )
        journal.record(attempt=attempt, answer=answer, amends=amends)
        return answer

    answers = casino_client.until_decided(attempt_once)
    return answers[-1] if answers else None
