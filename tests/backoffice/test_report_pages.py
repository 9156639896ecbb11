"""Every report is a page and a file, for those who may see it and those who may export it."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from casino.backoffice import list_reports
from casino.backoffice.models import CurrencyPolicy
from casino.operations.adjustments import adjust
from casino.reports import summary
from config.backoffice import report_table
from config.backoffice.models import Action, StaffAction
from config.backoffice.report_table import Table
from tests.admin.conftest import Person, clerk
from tests.admin.pages import text_of
from tests.casino_world import Play, make_play
from tests.factories import CurrencyFactory, WalletFactory, unique

REPORTS = (
    "ggr", "winners", "rtp", "large-wins", "open-rounds", "void-bets", "adjustments",
)  # fmt: skip


CODE = "REPORTED"
"""A currency that only these tests use, so that its reports hold nothing of other tests."""


@pytest.fixture(scope="module")
def player(database: None) -> Play:
    currency = CurrencyFactory(code=CODE, exponent=2)
    CurrencyPolicy.objects.get_or_create(
        currency=currency, defaults={"large_win_from": 200, "large_win_multiple": 0}
    )
    made = make_play(wallet=WalletFactory(currency=currency, opening=100_000))
    made.win(made.bet(1_000), 250)
    made.rollback(made.bet(10)["transactionId"])
    made.bet(77)
    return made


def address(report: str, **asked: str) -> str:
    return f"/admin/reports/{report}/?{urlencode({'currency': CODE, **asked})}"


@pytest.mark.parametrize("report", REPORTS)
def test_a_report_says_what_it_is(boss: Person, player: Play, report: str) -> None:
    page = boss.get(address(report))
    assert page.status_code == 200
    shown = page.context["report"]
    text = text_of(page)
    assert shown.definition in text
    assert shown.period in text
    assert "Generated 20" in text
    assert len(page.content) < 400_000


@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize("form", ["csv", "xlsx", "pdf"])
def test_a_report_is_exported_and_the_export_is_entered(
    boss: Person, player: Play, report: str, form: str
) -> None:
    response = boss.get(address(report, format=form))
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
    assert auditor.get(address("ggr", format="csv")).status_code == 403
    assert compliance.get(address("ggr", format="csv")).status_code == 200


@pytest.mark.parametrize("report", REPORTS)
def test_a_report_is_for_those_who_may_see_it(report: str) -> None:
    assert clerk("view_user").get(address(report)).status_code == 403


@pytest.mark.parametrize("by", ["day", "game", "provider", "currency", "player"])
def test_ggr_is_shown_by_everything_it_can_be_divided_by(
    boss: Person, player: Play, by: str
) -> None:
    page = boss.get(address("ggr", by=by, player=player.session.user.username))
    (row,) = page.context["table"].rows
    cells = {cell.label: text_of_cell(cell.contents) for cell in row}
    assert (cells["Turnover"], cells["Payouts"], cells["GGR"]) == (
        f"10.77 {CODE}", f"2.50 {CODE}", f"+8.27 {CODE}",
    )  # fmt: skip
    assert cells["RTP"] == "23.21 %"


def text_of_cell(contents: object) -> str:
    return re.sub(r"<[^>]+>", "", str(contents))


@pytest.mark.parametrize(
    "query",
    ["?first=x", "?first=2026-02-01&last=2026-01-01", "?currency=XXX", "?by=moon",
     "?player=nobody-of-this-name", "?first=1900-01-01&last=2026-01-01",
     "?first=9999-12-31", "?first=0001-01-01&last=0001-01-02"],
)  # fmt: skip
def test_what_makes_no_sense_is_said(boss: Person, query: str) -> None:
    page = boss.get(f"/admin/reports/ggr/{query}")
    assert page.status_code == 400
    assert "errornote" in page.content.decode()


def test_large_wins_are_those_of_at_least_the_amount_and_the_multiple(
    boss: Person, player: Play
) -> None:
    own = player.session.user.username
    for query, found in (
        ({"least": "2.50"}, [own]), ({"least": "2.51"}, []), ({"multiple": "0"}, [own]),
        ({"multiple": "1"}, []),
    ):  # fmt: skip
        page = boss.get(address("large-wins", player=own, **query))
        assert column(page, "Player") == found, query


def test_a_list_that_is_cut_says_so(
    boss: Person, player: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "Only the first 1 are listed and added up."
    assert said not in text_of(boss.get(address("void-bets")))
    monkeypatch.setattr(list_reports.VoidBetsPage, "most", 1)
    assert said in text_of(boss.get(address("void-bets")))


def test_figures_that_do_not_reach_up_to_now_say_so(
    boss: Person, player: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "The ledger is still being added up: these figures go up to"
    assert said not in text_of(boss.get(address("ggr")))
    monkeypatch.setattr(summary, "LONGEST_TAIL", 0)
    assert said in text_of(boss.get(address("ggr")))


def test_the_providers_queue_is_for_those_who_may_see_it(player: Play) -> None:
    page = clerk("view_transaction").get(address("open-rounds"))
    assert page.status_code == 200
    assert column(page, "Player") == [player.session.user.username]
    assert "/admin/open-rounds/" not in page.content.decode().partition("<main")[2]


def test_ggr_is_shown_by_hour(boss: Person, player: Play) -> None:
    page = boss.get(address("ggr", by="hour"))
    (hour,) = {column(page, "Hour")[0][:14]}
    assert re.fullmatch(r"20\d\d-\d\d-\d\d \d\d", hour[:13])
    assert sum(int(each) for each in column(page, "Rounds")) == 3


def test_the_hours_of_one_player_are_not_kept(boss: Person, player: Play) -> None:
    asked = address("ggr", by="hour", player=player.session.user.username)
    assert "Choose “day”" in text_of(boss.get(asked))


def test_there_is_no_other_format(boss: Person) -> None:
    assert boss.get(address("ggr", format="exe")).status_code == 404


def test_an_empty_report_says_no_activity(boss: Person) -> None:
    assert "No activity" in text_of(boss.get(address("ggr", first="2020-01-01", last="2020-01-02")))


def test_the_open_round_leads_to_its_page(boss: Person, player: Play) -> None:
    page = boss.get(address("open-rounds"))
    open_round = player.transactions()[-1]
    assert open_round.transaction_type == "BET"
    assert f"/admin/round/?id={open_round.round_id}" in page.content.decode()
    assert 'href="/admin/open-rounds/"' in page.content.decode().partition("<main")[2]


def test_the_list_of_reports_leads_to_each(boss: Person) -> None:
    page = boss.get("/admin/reports/").content.decode()
    for report in REPORTS:
        assert f'href="/admin/reports/{report}/"' in page


TOTALS = {
    "ggr": {"Rounds": "3", "Turnover": "10.77", "Payouts": "2.50", "GGR": "+8.27"},
    "winners": {"Net result": "−8.27", "Turnover": "10.77", "Payouts": "2.50", "Rounds": "3"},
    "rtp": {"Bets": "3", "Turnover": "10.77", "RTP": "23.21 %"},
    "large-wins": {"Win": "2.50", "Staked": "—"},
    "open-rounds": {"Staked": "0.77"},
    "void-bets": {"Stake": "0.10"},
}


@pytest.mark.parametrize("report", TOTALS)
def test_a_report_ends_with_its_totals(boss: Person, player: Play, report: str) -> None:
    table: Table = boss.get(address(report)).context["table"]
    (total,) = table.totals
    cells = {cell.label: text_of_cell(cell.contents).removesuffix(f" {CODE}") for cell in total}
    assert total[0].contents == "Total"
    assert {label: cells[label] for label in TOTALS[report]} == TOTALS[report]


def test_who_was_only_given_something_is_no_winner(boss: Person, player: Play) -> None:
    given = WalletFactory(currency=player.wallet.currency, opening=1_000)
    adjust(
        wallet_id=given.wallet_id, amount_signed_minor=5, reason="a gift", actor="ada",
        idempotency_key=unique("adjustment"),
    )  # fmt: skip
    shown = text_of(boss.get(address("winners")))
    assert player.session.user.username in shown
    assert given.user.username not in shown


@pytest.fixture(scope="module")
def winners(player: Play) -> list[str]:
    """Three more players with one round each, ordered from the worst net result to the best."""
    ids = []
    for win in (0, 300, 900):
        other = make_play(wallet=WalletFactory(currency=player.wallet.currency, opening=1_000))
        other.win(other.bet(100), win)
        ids.append(other.session.user.username)
    return ids


def column(page: Any, label: str) -> list[str]:
    rows: Table = page.context["table"]
    return [text_of_cell(cell.contents) for row in rows.rows for cell in row if cell.label == label]


def test_a_report_is_sorted_by_what_is_clicked(
    boss: Person, player: Play, winners: list[str]
) -> None:
    own = player.session.user.username
    page = boss.get(address("winners"))
    best_first = [*reversed(winners), own]
    assert column(page, "Player") == best_first
    header = next(each for each in page.context["table"].headers if each.title == "Net result")
    assert (header.url, header.order) == (f"{address('winners')}&sort=-Net+result", "")

    down = boss.get(header.url)
    assert column(down, "Player") == best_first
    assert 'aria-sort="descending"' in down.content.decode()
    up = boss.get(address("winners", sort="Net result"))
    assert column(up, "Player") == best_first[::-1]
    assert 'aria-sort="ascending"' in up.content.decode()
    by_name = boss.get(address("winners", sort="Player"))
    assert column(by_name, "Player") == sorted(best_first)
    assert column(boss.get(address("winners", sort="moon")), "Player") == best_first
    # Another question is answered in the same order.
    assert '<input type="hidden" name="sort" value="Player">' in by_name.content.decode()
    assert 'name="sort"' not in page.content.decode()

    csv = b"".join(boss.get(address("winners", sort="Net result", format="csv"))).decode()
    places = [csv.index(each) for each in best_first[::-1]]
    assert places == sorted(places)


def test_what_nobody_knows_goes_to_the_end(boss: Person, player: Play) -> None:
    for sort in ("Declared", "-Declared", "Verdict", "Game", "-RTP"):
        assert boss.get(address("rtp", sort=sort)).status_code == 200


def test_a_long_report_has_pages(
    boss: Person, player: Play, winners: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_table, "ROWS_ON_A_PAGE", 3)
    first = boss.get(address("winners"))
    assert len(column(first, "Player")) == 3
    assert "Rows 1 to 3 of 4. Page 1 of 2." in text_of(first)
    second = boss.get(first.context["table"].next_url)
    assert column(second, "Player") == [player.session.user.username]
    assert "Rows 4 to 4 of 4. Page 2 of 2." in text_of(second)
    assert second.context["table"].next_url == ""
    assert column(boss.get(second.context["table"].previous_url), "Player") == column(
        first, "Player"
    )
    for beyond in ("99", "0", "x", "9" * 30):
        assert boss.get(address("winners", page=beyond)).status_code == 200
    assert second.context["table"].totals[0][0].contents == "Total"
