"""The ledger's integrity: the last audits, their results, and the age of the checkpoint."""

from collections import Counter
from contextlib import closing
from datetime import timedelta
from itertools import islice

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from psycopg.errors import QueryCanceled

from casino.ledger.audit import INVARIANTS, breaks
from casino.ledger.queries import estimated_transactions
from config.backoffice.checks import last_run, remember, verdict, what_it_found
from config.backoffice.display import ago, count, list_url, moment
from config.backoffice.models import Check, CheckRun
from config.backoffice.own_pages import OwnPage, own_page
from config.backoffice.panels import Panel
from config.postgres import replica

WALKED_AT_MOST = 50_000
"""The most transactions that a page can check while somebody waits."""

_TOO_SLOW = (
    "The audit was stopped because it took longer than a page may take. "
    "Run manage.py audit_ledger, which has no limit."
)
_MOST_BREAKS = 10_000
_MOST_RUNS = 20
_IS_OLD = timedelta(days=2)


@own_page("audit/", "audit")
class AuditPage(OwnPage):
    title = "Audit of the ledger"
    permissions = ("backoffice.view_checkrun", "casino.view_transaction")
    template = "casino/backoffice/audit.html"
    http_method_names = ["get", "head", "options", "post"]

    def get(self, request: HttpRequest) -> HttpResponse:
        now = timezone.now()
        transactions = estimated_transactions()
        runs = CheckRun.objects.filter(check_kind=Check.AUDIT).order_by("-id")
        with_checkpoint = runs.filter(checkpoint_at__isnull=False).first()
        checkpoint = with_checkpoint.checkpoint_at if with_checkpoint else None
        return self.page(
            request,
            last=last_run(Check.AUDIT, now=now, old_after=_IS_OLD),
            transactions=count(transactions),
            checkpoint=f"{ago(checkpoint, now)} ago" if checkpoint else "none yet",
            invariants=INVARIANTS,
            can_run=transactions <= WALKED_AT_MOST,
            most=WALKED_AT_MOST,
            runs=_panel(list(runs[:_MOST_RUNS])),
            all_url=list_url(CheckRun, check_kind__exact=Check.AUDIT),
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        """Audit now, if that only takes seconds."""
        if estimated_transactions() > WALKED_AT_MOST:
            raise PermissionDenied
        began_at = timezone.now()
        try:
            walked, by_invariant = replica.read(_audit)
        except OperationalError as error:
            if not isinstance(error.__cause__, QueryCanceled):
                raise
            messages.error(request, _TOO_SLOW)
            return HttpResponseRedirect(request.path)
        run = remember(
            check=Check.AUDIT,
            scope="the whole ledger",
            began_at=began_at,
            looked_at=walked,
            found=dict(by_invariant),
            asked_by=request.user.get_username(),
        )
        if run.is_clean:
            messages.success(request, f"Every invariant holds for {walked:,} transactions.")
        else:
            messages.error(request, f"{by_invariant.total():,} rows break an invariant.")
        return HttpResponseRedirect(request.path)


def _audit() -> tuple[int, Counter[str]]:
    """The number of transactions checked, and how many rows break each invariant."""
    walked = 0

    def add(rows: int) -> None:
        nonlocal walked
        walked += rows

    with closing(breaks(progress=add)) as found:
        by_invariant = Counter(each.invariant for each in islice(found, _MOST_BREAKS))
    return walked, by_invariant


def _panel(runs: list[CheckRun]) -> Panel:
    rows = [
        (
            moment(run.ended_at),
            verdict(run),
            count(run.looked_at),
            what_it_found(run),
            moment(run.checkpoint_at),
            run.asked_by or "command line",
        )
        for run in runs
    ]
    headers = ("Ended", "Verdict", "Transactions", "Found", "Checkpoint", "Asked by")
    return Panel("Latest audits", headers, rows, empty="The ledger has never been audited.")
