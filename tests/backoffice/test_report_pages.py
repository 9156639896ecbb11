"""Every report as a page and as a file, for those who may see it and those who may export it."""

import re
from collections.abc import Callable

import pytest

from config.backoffice.models import Action, StaffAction
from tests.admin.conftest import Person, clerk
from tests.admin.pages import text_of
from tests.casino_world import Play, make_play

REPORTS = (
    "ggr", "winners", "rtp", "large-wins", "open-rounds", "void-bets", "adjustments",
)  # fmt: skip


@pytest.fixture(scope="module")
def player(database: None) -> Play:
    made = make_play()
    made.win(made.bet(1_000), 250)
    made.rollback(made.bet(10)["transactionId"])
    made.bet(77)
    return made


def address(report: str, query: str = "") -> str:
    return f"/admin/reports/{report}/{query}"


@pytest.mark.parametrize("report", REPORTS)
def test_a_report_says_what_it_is(boss: Person, player: Play, report: str) -> None:
    page = boss.get(address(report))
    assert page.status_code == 200
    shown = page.context["report"]
    text = text_of(page)
    assert shown.definition in text
    assert shown.period in text
    assert "Made 20" in text
    assert len(page.content) < 400_000


@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize("form", ["csv", "xlsx", "pdf"])
def test_a_report_is_exported_and_the_export_is_entered(
    boss: Person, player: Play, report: str, form: str
) -> None:
    response = boss.get(address(report, f"?format={form}"))
    assert response.status_code == 200
    assert response.headers["Content-Disposition"].startswith("attachment; filename=")
    assert b"".join(response)  # type: ignore[call-overload]
    entry = StaffAction.objects.filter(username=boss.operator.username).latest("id")
    assert entry.action == Action.EXPORTED
    assert "SHA-256" in entry.details


def test_exporting_is_a_right_of_its_own(one_of_the: Callable[[str], Person], player: Play) -> None:
    auditor, compliance = one_of_the("Auditor"), one_of_the("Compliance")
    assert auditor.get(address("ggr")).status_code == 200
    assert "format=csv" not in auditor.get(address("ggr")).content.decode()
    assert auditor.get(address("ggr", "?format=csv")).status_code == 403
    assert compliance.get(address("ggr", "?format=csv")).status_code == 200


@pytest.mark.parametrize("report", REPORTS)
def test_a_report_is_for_those_who_may_see_it(report: str) -> None:
    assert clerk("view_user").get(address(report)).status_code == 403


@pytest.mark.parametrize("by", ["day", "game", "provider", "currency", "player"])
def test_ggr_is_shown_by_everything_it_can_be_divided_by(
    boss: Person, player: Play, by: str
) -> None:
    narrowed = f"?by={by}&player={player.session.user.username}"
    page = boss.get(address("ggr", narrowed))
    (row,) = page.context["table"].rows
    cells = {cell.label: text_of_cell(cell.contents) for cell in row}
    assert (cells["Turnover"], cells["Payouts"], cells["GGR"]) == (
        "10.77 EUR", "2.50 EUR", "+8.27 EUR",
    )  # fmt: skip
    assert cells["RTP"] == "23.21 %"


def text_of_cell(contents: object) -> str:
    return re.sub(r"<[^>]+>", "", str(contents))


@pytest.mark.parametrize(
    "query",
    ["?first=x", "?first=2026-02-01&last=2026-01-01", "?currency=XXX", "?by=moon",
     "?player=nobody-of-this-name", "?first=1900-01-01&last=2026-01-01"],
)  # fmt: skip
def test_what_makes_no_sense_is_said(boss: Person, query: str) -> None:
    page = boss.get(address("ggr", query))
    assert page.status_code == 400
    assert "errornote" in page.content.decode()


@pytest.mark.parametrize("query", ["?currency=XXX", "?least=abc", "?multiple=-1", "?least=1.005"])
def test_a_threshold_that_makes_no_sense_is_said(boss: Person, query: str) -> None:
    assert boss.get(address("large-wins", query)).status_code == 400


def test_the_hours_of_one_player_are_not_kept(boss: Person, player: Play) -> None:
    query = f"?by=hour&player={player.session.user.username}"
    assert "Ask by day" in text_of(boss.get(address("ggr", query)))


def test_there_is_no_other_format(boss: Person) -> None:
    assert boss.get(address("ggr", "?format=exe")).status_code == 404


def test_an_empty_report_says_no_activity(boss: Person) -> None:
    assert "No activity" in text_of(boss.get(address("ggr", "?first=2020-01-01&last=2020-01-02")))


def test_the_open_round_leads_to_its_page(boss: Person, player: Play) -> None:
    page = boss.get(address("open-rounds"))
    open_round = player.transactions()[-1]
    assert open_round.transaction_type == "BET"
    assert f"/admin/round/?id={open_round.round_id}" in page.content.decode()


def test_the_list_of_reports_leads_to_each(boss: Person) -> None:
    page = boss.get("/admin/reports/").content.decode()
    for report in REPORTS:
        assert f'href="{address(report)}"' in page
