"""Read-only pages for the staff log and the runs of checks."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from config.backoffice import checks
from config.backoffice.display import NOTHING, count, identifier, moment, pill, said, stacked
from config.backoffice.models import Action, CheckRun, StaffAction
from config.backoffice.pages import PagedAdmin
from config.backoffice.read_only import ReadOnlyAdmin

_TONES = {Action.REFUSED: "bad", Action.CHANGED: "warn", Action.EXPORTED: "warn"}


@admin.register(StaffAction)
class StaffActionAdmin(PagedAdmin[StaffAction], ReadOnlyAdmin[StaffAction]):
    group = (99, "staff")
    list_display = ("when", "username", "did", "where", "said", "from_where")
    list_filter = ("action",)
    search_fields = ("username",)
    search_help_text = "A user name (the beginning is enough), or the key of a row that was opened."
    fields = (
        "when",
        "username",
        "did",
        "page",
        "subject",
        "address",
        "status",
        "details",
        "came_from",
        "request_id",
    )

    def search(self, term: str) -> Q:
        return Q(username__startswith=term) | Q(subject=term)

    @admin.display(description="when")
    def when(self, entry: StaffAction) -> str | SafeString:
        return moment(entry.at)

    @admin.display(description="did")
    def did(self, entry: StaffAction) -> SafeString:
        action = Action(entry.action)
        return pill(action.label, _TONES.get(action, ""))

    @admin.display(description="page, row")
    def where(self, entry: StaffAction) -> SafeString:
        return stacked(entry.page, identifier(entry.subject))

    @admin.display(description="details")
    def said(self, entry: StaffAction) -> str:
        return entry.details or "—"

    @admin.display(description="from")
    def from_where(self, entry: StaffAction) -> str:
        return entry.came_from or "—"

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)


class VerdictFilter(admin.SimpleListFilter):
    title = "verdict"
    parameter_name = "verdict"
    conditions = {
        "clean": Q(is_clean=True, fault=""),
        "differences": Q(is_clean=False, fault=""),
        "not_compared": ~Q(fault=""),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name.replace("_", " ")) for name in self.conditions]

    def queryset(self, request: HttpRequest, queryset: QuerySet[CheckRun]) -> QuerySet[CheckRun]:
        return queryset.filter(self.conditions.get(self.value() or "", Q()))


@admin.register(CheckRun)
class CheckRunAdmin(PagedAdmin[CheckRun], ReadOnlyAdmin[CheckRun]):
    group = (98, "checks")
    list_display = ("check_kind", "scope", "ended", "how_many", "verdict", "asked_by")
    list_filter = ("check_kind", VerdictFilter)
    fields = (
        "check_kind",
        "scope",
        "verdict",
        "reason",
        "began",
        "ended",
        "how_many",
        "faults",
        "sums",
        "checkpoint",
        "asked_by",
    )

    @admin.display(description="verdict")
    def verdict(self, run: CheckRun) -> SafeString:
        return checks.verdict(run)

    @admin.display(description="why not compared")
    def reason(self, run: CheckRun) -> str:
        return run.fault or NOTHING

    @admin.display(description="began")
    def began(self, run: CheckRun) -> str | SafeString:
        return moment(run.began_at)

    @admin.display(description="ended")
    def ended(self, run: CheckRun) -> str | SafeString:
        return moment(run.ended_at)

    @admin.display(description="transactions")
    def how_many(self, run: CheckRun) -> SafeString:
        return count(run.looked_at)

    @admin.display(description="what was found")
    def faults(self, run: CheckRun) -> str | SafeString:
        if run.found:
            return said(run.found)
        return "Nothing was compared" if run.fault and not run.looked_at else "Nothing"

    @admin.display(description="sums")
    def sums(self, run: CheckRun) -> str | SafeString:
        return said(run.totals)

    @admin.display(description="compared with a checkpoint of")
    def checkpoint(self, run: CheckRun) -> str | SafeString:
        return moment(run.checkpoint_at)
