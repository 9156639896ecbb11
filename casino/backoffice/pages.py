"""Brings the back office's pages, cards and links into the admin."""

from collections.abc import Iterator
from importlib import import_module

from django.http import HttpRequest
from django.urls import reverse

from config.backoffice.navigation import Link, Place, navigation_source

_MODULES = (
    "reports_index",
    "ggr_page",
    "play_reports",
    "list_reports",
    "round_page",
    "dashboard",
    "explain_page",
    "statement_page",
    "search",
    "player_pages",
    "proposal_page",
    "audit_page",
)
_REPORTS: Place = ("casino", (0, "reports"))
_CHECKS: Place = ("casino", (6, "checks"))
_LINKS = (
    ("All reports", "reports", "casino_reports.view_reports"),
    ("GGR and NGR", "report_ggr", "casino_reports.view_reports"),
    ("Who won most", "report_winners", "casino_reports.view_reports"),
    ("Open rounds", "report_open_rounds", "casino.view_transaction"),
)


def register() -> None:
    """Import the modules that register pages. Called once the models are ready."""
    for name in _MODULES:
        import_module(f"casino.backoffice.{name}")


@navigation_source
def report_links(request: HttpRequest) -> Iterator[tuple[Place, Link]]:
    for label, name, permission in _LINKS:
        if request.user.has_perm(permission):
            yield _REPORTS, Link(label, reverse(f"admin:{name}"))
    if request.user.has_perm("backoffice.view_checkrun"):
        yield _CHECKS, Link("Audit of the ledger", reverse("admin:audit"))
