"""Few clicks to an answer, counted in a browser from the front page."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import Visit


class Clicks:
    """Counts what a person clicks on the way to an answer, from the front page."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def click(self, selector: str) -> None:
        self.page.locator(selector).first.click()
        self.count += 1

    def search(self, term: str) -> None:
        """Search for something: pasting it and clicking counts as one click."""
        self.page.fill("#search-everything", term)
        self.click("form.search-everything input[type=submit]")


@pytest.fixture
def clicks(visitor: Visit) -> Clicks:
    visitor.open("/admin/")
    return Clicks(visitor.page)


def test_how_today_goes_and_who_won_most_takes_no_click(clicks: Clicks) -> None:
    expect(clicks.page.locator(".figures-card")).to_contain_text("GGR")
    expect(clicks.page.locator(".figures-card")).to_contain_text("Active players")
    expect(clicks.page.get_by_role("heading", name="Who won most")).to_be_visible()
    expect(clicks.page.locator(".figures-card svg[role=img]").first).to_be_visible()


def test_why_a_balance_is_what_it_is_takes_two_clicks(clicks: Clicks) -> None:
    clicks.search("player-001")
    clicks.click("text=w-001-eur")
    expect(clicks.page.get_by_text("✓ The entries add up to the balance")).to_be_visible()
    expect(clicks.page.get_by_role("heading", name="Why the balance")).to_be_in_viewport()
    assert clicks.count <= 2


def test_both_sides_of_a_round_take_one_click_from_a_pasted_id(
    clicks: Clicks, played: dict[str, Any]
) -> None:
    clicks.search(played["round"])
    timeline = clicks.page.locator("ol.timeline")
    expect(timeline.get_by_text("Provider asked").first).to_be_visible()
    expect(timeline).to_contain_text("HTTP 200")
    expect(timeline).to_contain_text("Bet of 10.00 taken")
    expect(clicks.page.locator(".symbols svg").first).to_be_visible()
    expect(timeline.locator(".differs")).to_have_count(0)
    assert clicks.count <= 2


def test_what_is_stuck_takes_one_click(clicks: Clicks) -> None:
    clicks.click(".attention >> text=Open rounds at the provider")
    expect(clicks.page.get_by_text("No round is open.")).to_be_visible()
    assert clicks.count == 1


def test_a_statement_takes_three_clicks(clicks: Clicks) -> None:
    clicks.search("player-001")
    clicks.click(".object-tools >> text=Statement")
    with clicks.page.expect_download() as download:
        clicks.click("text=CSV")
    assert "closing balance" in download.value.path().read_text()
    assert clicks.count == 3
