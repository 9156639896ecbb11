"""The back office in a browser: its pages are accessible, light and fit."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.backoffice.layout import against_the_eye, cut_off, torn
from tests.browser import Visit, visit
from tests.servers import Server

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
MOST_BYTES = 100_000
LAPTOP, PHONE = 1280, 390


PAGES = (
    "/admin/",
    *(
        f"/admin/casino/{table}/"
        for table in (
            "user",
            "wallet",
            "transaction",
            "ledgerentry",
            "gamesession",
            "game",
            "apikey",
        )
    ),
    "/admin/casino/user/1/change/",
    "/admin/casino/user/add/",
    "/admin/casino/wallet/1/change/",
    "/admin/casino/wallet/1/adjust/",
    "/admin/casino/gameprovider/1/change/",
    "/admin/casino_backoffice/currencypolicy/1/change/",
    "/admin/casino_backoffice/adjustmentproposal/",
    "/admin/casino_backoffice/playerflag/",
    "/admin/wallet/1/explain/",
    "/admin/statement/?player=player-001",
    "/admin/round/?id={round}",
    "/admin/reports/",
    *(
        f"/admin/reports/{name}/"
        for name in (
            "ggr",
            "winners",
            "rtp",
            "large-wins",
            "open-rounds",
            "void-bets",
            "adjustments",
        )
    ),
    "/admin/player/1/block/",
    "/admin/player/1/flag/",
    "/admin/player/1/note/",
    "/admin/search/?q=player",
    "/admin/audit/",
    "/admin/reconciliation/",
    "/admin/open-rounds/",
    "/admin/provider/gameround/",
    "/admin/provider/gameround/1/change/",
    "/admin/provider/bet/1/change/",
    "/admin/backoffice/staffaction/",
    "/admin/auth/group/1/change/",
    "/admin/auth/user/1/change/",
    "/admin/password_change/",
)
READ_IN_THE_DARK = ("/admin/", "/admin/casino/wallet/1/change/", "/admin/reports/ggr/",
                    "/admin/round/?id={round}")  # fmt: skip

CHECKED_WHOLE = {"/admin/", "/admin/casino/wallet/", "/admin/search/?q=player"}
"""On the other pages, axe skips the header and the sidebar, which are the same on all of them."""
SAME_ON_ALL_PAGES = ("#header", "#sidebar")


def serious_faults(page: Page, *, skipped: Sequence[str] = ()) -> list[str]:
    """What axe finds serious; it checks only the first rows of each table, as the others are alike.

    It does not preload styles, because our pages' policy forbids that.
    """
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(AXE)
    found = page.evaluate(
        "skipped => axe.run({exclude: skipped.map(each => [each])}, "
        "{resultTypes: ['violations'], preload: false, "
        "runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})",
        ["tbody tr:nth-child(n+4)", *skipped],
    )
    return [
        f"{fault['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"][:1]
    ]


def load(visitor: Visit, path: str) -> None:
    """Open a page; none of these pages requests anything after it has loaded."""
    visitor.page.goto(visitor.origin + path)


def weight_of(page: Page) -> int:
    """The bytes sent on a first visit; the browser also counts what came from its cache."""
    bytes_: int = page.evaluate(
        "performance.getEntries().reduce((sum, each) => sum + (each.encodedBodySize || 0), 0)"
    )
    return bytes_


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_accessible_light_and_fits(
    visitor: Visit, played: dict[str, Any], path: str
) -> None:
    """One visit checks axe, the weight of a first visit, a phone's width, and console errors."""
    load(visitor, path.format(**played))
    assert visitor.page.locator("h1").count() == 1
    assert 0 < weight_of(visitor.page) < MOST_BYTES
    assert against_the_eye(visitor.page) == []
    skipped = () if path in CHECKED_WHOLE else SAME_ON_ALL_PAGES
    assert serious_faults(visitor.page, skipped=skipped) == []
    for width in (LAPTOP, PHONE):
        visitor.page.set_viewport_size({"width": width, "height": 900})
        assert visitor.width_of_contents() <= width
        assert cut_off(visitor.page) == []
    assert torn(visitor.page) == []


@pytest.mark.parametrize("path", READ_IN_THE_DARK)
def test_the_dark_theme_is_readable_too(visitor: Visit, played: dict[str, Any], path: str) -> None:
    visitor.page.emulate_media(color_scheme="dark")
    load(visitor, path.format(**played))
    assert serious_faults(visitor.page) == []


def test_whoever_is_not_signed_in_finds_the_same(browser: Browser, demo: Server) -> None:
    with visit(browser, demo.url, width=PHONE) as fresh:
        load(fresh, "/admin/login/")
        assert serious_faults(fresh.page) == []
        assert fresh.width_of_contents() <= PHONE


def test_the_ids_of_a_run_can_be_told_apart(visitor: Visit, played: dict[str, Any]) -> None:
    """Its rounds differ only at the end, which is shown next to the beginning and copied once."""
    load(visitor, "/admin/provider/gameround/")
    shown = visitor.page.locator(f'.id[title="{played["round"]}"]').first
    end = shown.evaluate("each => getComputedStyle(each, '::after').content")
    assert end.startswith(f'"{played["round"][-8:]}"')
    assert shown.inner_text() == played["round"]
    assert shown.evaluate("each => each.scrollWidth > each.clientWidth")


def test_a_long_name_leaves_room_for_the_balance(visitor: Visit) -> None:
    load(visitor, "/admin/casino/wallet/")
    page = visitor.page
    page.locator(".field-name_of_player").first.evaluate(
        "each => each.textContent = 'y'.repeat(200)"
    )
    page.locator(".field-wallet_id a").first.evaluate("each => each.textContent = 'x'.repeat(120)")
    expect(page.locator(".field-playable").first).to_be_in_viewport(ratio=1)


def test_a_laptop_shows_every_column_of_a_report(visitor: Visit) -> None:
    visitor.page.set_viewport_size({"width": LAPTOP, "height": 900})
    load(visitor, "/admin/reports/ggr/?by=day&currency=EUR")
    page = visitor.page
    page.locator("table.figures .money").evaluate_all(
        """all => all.forEach((each, number) => each.firstChild.textContent =
            [3, 4].includes(number % 6) ? '1,790.82 ' : '−110,790.82 ')"""
    )
    hidden = page.locator(".report .results").evaluate(
        "each => each.scrollWidth - each.clientWidth"
    )
    assert hidden <= 0


def test_an_error_stands_above_its_field(visitor: Visit) -> None:
    load(visitor, "/admin/casino/wallet/1/adjust/")
    visitor.page.get_by_role("button", name="Preview").click()
    for width in (LAPTOP, PHONE):
        visitor.page.set_viewport_size({"width": width, "height": 900})
        row = visitor.page.locator(".field-amount")
        left = [
            row.locator(part).evaluate("each => each.getBoundingClientRect().left")
            for part in (".errorlist li", "input")
        ]
        assert left[0] == left[1], width


def test_the_search_box_is_one_line_high_at_any_width(visitor: Visit) -> None:
    load(visitor, "/admin/")
    box = visitor.page.locator("#header input[type=search]")
    for width in (1920, LAPTOP, 1024, 768, 641, PHONE):
        visitor.page.set_viewport_size({"width": width, "height": 900})
        assert box.evaluate("each => each.offsetHeight") < 60, width


def test_a_phone_never_breaks_a_number(visitor: Visit) -> None:
    visitor.page.set_viewport_size({"width": 360, "height": 900})
    load(visitor, "/admin/")
    height = visitor.page.locator(".big .money").first.evaluate(
        """each => {
            each.firstChild.textContent = '−0.00583643 ';
            const digits = document.createRange();
            digits.setStart(each.firstChild, 0);
            digits.setEnd(each.firstChild, 11);
            return new Set([...digits.getClientRects()].map(line => line.top)).size;
        }"""
    )
    assert height == 1


def test_a_long_name_leaves_room_for_the_winnings(visitor: Visit) -> None:
    load(visitor, "/admin/")
    panel = visitor.page.locator(".cards > .panel").last
    panel.locator("td a").first.evaluate("each => each.textContent = 'y'.repeat(200)")
    for width in (LAPTOP, 768, PHONE):
        visitor.page.set_viewport_size({"width": width, "height": 900})
        assert panel.evaluate("each => each.scrollWidth <= each.clientWidth"), width


def test_a_report_is_sorted_by_keyboard(visitor: Visit) -> None:
    load(visitor, "/admin/reports/ggr/?by=game")
    header = visitor.page.get_by_role("columnheader", name="Turnover")
    header.get_by_role("link").focus()
    visitor.page.keyboard.press("Enter")
    expect(header).to_have_attribute("aria-sort", "descending")
    expect(visitor.page.locator("tfoot")).to_contain_text("Total")


def test_the_skip_link_skips_header_and_sidebar(visitor: Visit) -> None:
    visitor.open("/admin/")
    page = visitor.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to main content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_on_a_phone_the_sidebar_opens_without_a_script(browser: Browser, demo: Server,
                                                       signed_in: Visit) -> None:  # fmt: skip
    context = browser.new_context(
        viewport={"width": PHONE, "height": 844}, java_script_enabled=False
    )
    context.add_cookies(signed_in.page.context.cookies())  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{demo.url}/admin/")
    link = page.locator("#sidebar a", has_text="GGR and NGR")
    expect(link).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    expect(link).to_be_visible()
    context.close()


def test_print_leaves_the_frame_away(visitor: Visit) -> None:
    load(visitor, "/admin/statement/?player=player-001")
    visitor.page.emulate_media(media="print")
    for part in ("#header", "#sidebar", "form.questions", ".object-tools"):
        expect(visitor.page.locator(part)).to_be_hidden()
    expect(visitor.page.locator("table.figures")).to_be_visible()
    rows = visitor.page.locator("tbody tr").evaluate_all(
        "rows => rows.map(row => row.getBoundingClientRect().height)"
    )
    assert max(rows) < 80, "ids are broken into many short lines"
