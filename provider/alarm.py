"""Marks a casino to which every call fails, so that people see it at once.

After some failures in a row the casino is marked in the database, for all processes. The first call
that succeeds removes the mark. A call that succeeds while there is no mark writes nothing.
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
"""An older mark says nothing about the present: the casino has not been called since."""

_in_a_row: Counter[int] = Counter()
"""How many calls of this process have failed in a row, by the casino's key."""


def note_answer(*, casino: Casino, answer: Answer) -> None:
    """Count a failure, or remove the mark. Call this for every result of a call to a casino."""
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
    """The enabled casinos to which every recent call failed."""
    return Casino.objects.filter(
        enabled=True, failing_since__isnull=False, failed_at__gt=Now() - RECENT
    ).order_by("code")


def warnings() -> Iterator[str]:
    """For the start page and the health check. Anybody may read them, so they give no details."""
    for code in failing_casinos().values_list("code", flat=True)[:10]:
        yield f"Every call from the game provider to {code} fails."


def _is_failure(answer: Answer) -> bool:
    """The casino did not decide, or its decision says that it does not know us."""
    return not answer.is_decision or answer.http_status == 401
