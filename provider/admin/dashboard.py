"""The provider's part of the front page: failing calls, open rounds, undecided bets."""

from collections.abc import Iterator
from datetime import timedelta

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from config.backoffice.checks import last_run
from config.backoffice.dashboard import Attention, Card, card_source
from config.backoffice.display import ago, list_url
from config.backoffice.models import Check
from provider.alarm import failing_casinos
from provider.models import OPEN_STATUSES, Bet, BetAttempt, Run, RunStatus, Verdict
from provider.runs.open_runs import MOST_COUNTED, count_open

_LATEST_ATTEMPTS = 200
_RECENT = timedelta(minutes=10)
_RECONCILIATION_IS_OLD = timedelta(days=2)
_OLD_RUN = timedelta(minutes=10)
_FAILED = (Verdict.UNCERTAIN, Verdict.NOT_DONE)


@card_source
def what_needs_attention(request: HttpRequest) -> Iterator[Card]:
    if not request.user.has_perm("provider.view_bet"):
        return
    lines = [*_calls(), *_open_runs(), *_uncertain()]
    if request.user.has_perm("backoffice.view_checkrun"):
        now = timezone.now()
        lines.append(last_run(Check.RECONCILIATION, now=now, old_after=_RECONCILIATION_IS_OLD))
    contents = {"title": "Needs attention at the provider", "lines": lines}
    yield Card(15, "admin/card_attention.html", contents)


def _calls() -> Iterator[Attention]:
    """How many calls of the last minutes got no decisive answer."""
    now = timezone.now()
    latest = BetAttempt.objects.order_by("-pk").values_list("verdict", "sent_at")
    recent = [verdict for verdict, at in latest[:_LATEST_ATTEMPTS] if now - at < _RECENT]
    url = list_url(BetAttempt)
    words = "Failing calls to casinos"
    if failing_casinos().exists():
        yield Attention(words, "all", url, "bad")
    elif not recent:
        yield Attention(words, "no calls in the last ten minutes", url)
    else:
        failed = sum(verdict in _FAILED for verdict in recent)
        tone = "good" if not failed else "bad" if failed * 2 > len(recent) else "warn"
        yield Attention(words, f"{failed} of the last {len(recent)}", url, tone)


def _open_runs() -> Iterator[Attention]:
    number = count_open()
    url = reverse("admin:provider_open_rounds")
    if not number:
        yield Attention("Open rounds at the provider", "none", url, "good")
        return
    now = timezone.now()
    oldest = Run.objects.exclude(status=RunStatus.FINISHED).order_by("created_at").first()
    age = now - oldest.created_at if oldest else timedelta()
    said = f"{number:,}" if number < MOST_COUNTED else f"{MOST_COUNTED:,} or more"
    if oldest is not None:
        said += f", the oldest open for {ago(oldest.created_at, now)}"
    yield Attention("Open rounds at the provider", said, url, "bad" if age > _OLD_RUN else "")


def _uncertain() -> Iterator[Attention]:
    number = len(Bet.objects.filter(status__in=OPEN_STATUSES).values_list("pk")[:MOST_COUNTED])
    url = reverse("admin:provider_open_rounds")
    said = "none" if not number else f"{number:,}"
    words = "Bets, payouts and rollbacks without a decisive answer"
    yield Attention(words, said, url, "good" if not number else "warn")
