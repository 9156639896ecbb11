"""All reports, with what each one shows."""

from typing import NamedTuple

from django.http import HttpRequest, HttpResponse

from casino.backoffice.addresses import page
from casino.reports import definitions
from config.backoffice.own_pages import OwnPage, own_page


class Offer(NamedTuple):
    title: str
    url: str
    definition: str


_OFFERS = (
    ("GGR and NGR", "report_ggr", definitions.GGR),
    ("Who won most", "report_winners", definitions.WINNERS),
    ("Actual and theoretical RTP", "report_rtp", definitions.RTP_WATCH),
    ("Large wins", "report_large_wins", definitions.LARGE_WINS),
    ("Open rounds", "report_open_rounds", definitions.OPEN_ROUNDS),
    ("Void bets", "report_void_bets", definitions.VOIDED),
    ("Adjustments", "report_adjustments", definitions.ADJUSTMENTS),
)


@own_page("reports/", "reports")
class ReportsIndex(OwnPage):
    title = "Reports"
    permissions = ("casino_reports.view_reports",)
    template = "casino/backoffice/reports_index.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        offers = [Offer(title, page(name), words) for title, name, words in _OFFERS]
        return self.page(request, offers=offers)
