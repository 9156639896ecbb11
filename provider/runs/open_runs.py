"""Open runs: what is undecided, who owes whom, and when recovery plays each of them next."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Prefetch

from provider.models import UNDECIDED, Bet, BetAttempt, BetKind, BetStatus, Run, RunStatus

MOST_LISTED = 200
MOST_COUNTED = 1_000
_OWED = (
    (BetKind.CREDIT, UNDECIDED, "The payout is owed to the player; the casino has not taken it"),
    (BetKind.ROLLBACK, UNDECIDED, "The stake is owed back to the player"),
    (BetKind.DEBIT, (BetStatus.VOIDING,), "The stake is owed back, if it was taken"),
    (BetKind.DEBIT, UNDECIDED, "It is not known whether the stake was taken"),
)


@dataclass(frozen=True, slots=True)
class OpenRun:
    """``owed`` says who owes whom. ``amount`` is the undecided amount, in minor units."""

    run: Run
    bet: Bet | None
    owed: str
    amount: int
    last_error: str
    next_retry_at: datetime


def open_runs() -> Iterator[OpenRun]:
    """The open runs, oldest first, including those that are being played now."""
    attempts = Prefetch("attempts", BetAttempt.objects.order_by("-pk"))
    bets = Bet.objects.select_related("round").order_by("pk").prefetch_related(attempts)
    runs = (
        Run.objects.exclude(status=RunStatus.FINISHED)
        .select_related("casino", "session__customer", "session__game")
        .prefetch_related(Prefetch("bets_made", bets))
        .order_by("created_at")
    )
    for run in runs[:MOST_LISTED]:
        yield _described(run)


def count_open() -> int:
    """The number of open runs, up to ``MOST_COUNTED``. Only reads an index."""
    found = Run.objects.exclude(status=RunStatus.FINISHED)
    return len(found.values_list("pk")[:MOST_COUNTED])


def _described(run: Run) -> OpenRun:
    bets = list(run.bets_made.all())
    bet, owed = _what_is_owed(bets)
    attempts = list(bet.attempts.all()) if bet else []
    last = next((each for each in attempts if each.error or each.http_status != 200), None)
    error = "" if last is None else last.error or f"HTTP {last.http_status}"
    grace = timedelta(seconds=settings.PROVIDER_RECOVERY_GRACE_SECONDS)
    return OpenRun(run, bet, owed, bet.amount if bet else 0, error, run.touched_at + grace)


def _what_is_owed(bets: list[Bet]) -> tuple[Bet | None, str]:
    """The first undecided operation, in the order in which recovery settles them."""
    for kind, statuses, words in _OWED:
        for bet in bets:
            if bet.bet_type == kind and bet.status in statuses:
                return bet, words
    if bets:
        return bets[-1], "The bet was taken; its result was not sent yet"
    return None, "Nothing was sent yet"
