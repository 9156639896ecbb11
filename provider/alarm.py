"""Notes a casino to which every call fails, so that people learn of it at once.

The first calls that fail in a row mark the casino, in the database, for all processes; the first
one that succeeds takes the mark away. A call that succeeds while there is no mark writes nothing.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce, Now

from provider.models import Casino
from provider.verdicts import Answer

FAILURES_IN_A_ROW = 4
"""One operation with all its attempts."""

RECENT = timedelta(hours=1)
"""A mark that nobody renewed is of the past: nothing was called since."""

_in_a_row: Counter[int] = Counter()
"""What this process saw, by the casino's key."""


def note_answer(*, casino: Casino, answer: Answer) -> None:
    """Count a failure, or take the mark away. To be called for every answer of a casino."""
    if not _is_failure(answer):
        _in_a_row.pop(casino.pk, None)
        if casino.failing_since is not None:
            Casino.objects.filter(pk=casino.pk).update(
                failing_since=None, failed_at=None, failure=""
            )
        return
    _in_a_row[casino.pk] += 1
    if _in_a_row[casino.pk] % FAILURES_IN_A_ROW == 0:
        Casino.objects.filter(pk=casino.pk).update(
            failing_since=Coalesce(F("failing_since"), Now()),
            failed_at=Now(),
            failure=(answer.error or f"{answer.http_status} {answer.code}")[:200],
        )


def failing_casinos() -> QuerySet[Casino]:
    """Those that we serve, and to which every recent call failed."""
    return Casino.objects.filter(
        enabled=True, failing_since__isnull=False, failed_at__gt=Now() - RECENT
    ).order_by("code")


def warnings() -> Iterator[str]:
    """For the start page and the health check, which anybody may read: no address, no reason."""
    for code in failing_casinos().values_list("code", flat=True)[:10]:
        yield f"Every call of the game provider to {code} fails."


def _is_failure(answer: Answer) -> bool:
    """No decision; or one that says that the casino does not know us."""
    return not answer.is_decision or answer.http_status == 401
