"""The pages in a real browser: they load nothing from elsewhere, have no faults, and work."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import Visit, visit
from tests.servers import Server

DESKTOP, PHONE = 1200, 390


@pytest.fixture
def visitor(browser: Browser, demo: Server) -> Iterator[Visit]:
    with visit(browser, demo.url) as visited:
        yield visited
        assert visited.troubles == []


@pytest.fixture
def document(demo: Server) -> dict[str, Any]:
    return demo.request("GET", "/schema").body


def test_the_documentation_shows_every_operation(visitor: Visit, document: dict[str, Any]) -> None:
    visitor.open("/docs")
    page = visitor.page
    expect(page.locator(".opblock")).to_have_count(
        sum(len(methods) for methods in document["paths"].values())
    )
    shown = page.locator(".opblock-summary-path").evaluate_all(
        "nodes => nodes.map(node => node.dataset.path)"
    )
    groups = page.locator(".opblock-tag").evaluate_all(
        "nodes => nodes.map(node => node.dataset.tag)"
    )
    assert set(shown) == set(document["paths"])
    assert groups == [tag["name"] for tag in document["tags"]]
    for width in (DESKTOP, PHONE):
        page.set_viewport_size({"width": width, "height": 900})
        assert visitor.width_of_contents() <= width


def test_the_documentation_signs_what_is_tried_out(visitor: Visit, demo: Server) -> None:
    launched = demo.post(
        "/casino/launchGame",
        json.dumps(
            {"playerId": "player-002", "gameId": "lucky-sevens", "currency": "EUR"}
        ).encode(),
    ).body
    visitor.open("/docs#/Callbacks/getBalance")
    page = visitor.page
    page.locator("#secret-fields input").first.fill("casino-secret")
    operation = page.locator("#operations-Callbacks-getBalance")
    operation.locator("textarea").fill(json.dumps({"sessionToken": launched["sessionToken"]}))
    operation.get_by_role("button", name="Execute").click()

    answer = operation.locator(".live-responses-table .response")
    expect(answer.locator(".response-col_status")).to_have_text(re.compile("200"))
    expect(answer).to_contain_text('"playerId": "player-002"')


def test_the_start_page_runs_a_round_and_runs_it_again(visitor: Visit) -> None:
    visitor.open("/")
    page = visitor.page
    page.get_by_role("button", name="Run it now").click()

    expect(page.locator(".verdict")).to_contain_text("✓ Consistent")
    rows = page.locator("#transcript tbody tr")
    first = rows.evaluate_all("rows => rows.map(row => row.cells[0].firstChild.textContent)")
    assert first[0] == first[-1] == "getBalance"
    assert first[-3:-1] == ["debit", "rollback"]
    assert {"debit", "credit"} <= set(first[1:-3])
    statuses = rows.evaluate_all("rows => rows.map(row => row.cells[1].textContent)")
    assert set(statuses) == {"200"}
    closing = rows.last.locator("td").nth(3).text_content()
    assert page.locator(".tag").count() == 0

    page.get_by_role("button", name="Send the same run again").click()
    expect(page.locator(".tag").first).to_have_text("replayed")
    expect(page.locator(".verdict")).to_contain_text("✓ Consistent")
    assert rows.last.locator("td").nth(3).text_content() == closing


@pytest.mark.parametrize(
    ("currency", "exponent", "written"),
    [("IDR", 2, "1,000.05"), ("HUF", 0, "100,005"), ("BTC", 8, "0.00100005")],
)
def test_the_start_page_writes_amounts_as_the_casino_has_them(
    visitor: Visit, currency: str, exponent: int, written: str
) -> None:
    """A browser by itself would put the decimal point of these currencies elsewhere."""
    step = {
        "step": "getBalance",
        "request": {},
        "httpStatus": 200,
        "response": {"status": "success", "balance": 100_005, "exponent": exponent},
        "durationMs": 1.0,
        "replayed": False,
    }
    played = {
        "runId": "r",
        "outcome": "completed",
        "session": {"currency": currency, "playerId": "p", "gameId": "g"},
        "steps": [step],
        "openingBalance": 100_005,
        "closingBalance": 100_005,
        "expectedBalance": 100_005,
        "consistent": True,
    }
    visitor.page.route(
        "**/casino/simulateRound",
        lambda route: route.fulfill(content_type="application/json", body=json.dumps(played)),
    )
    visitor.open("/")
    visitor.page.get_by_role("button", name="Run it now").click()
    expect(visitor.page.locator("#transcript tbody td").nth(3)).to_have_text(written)
    expect(visitor.page.locator(".verdict")).to_contain_text(f"{written} {currency}")


def test_the_start_page_opens_a_game_in_a_tab_of_its_own(visitor: Visit, demo: Server) -> None:
    visitor.open("/")
    page = visitor.page
    page.locator("select[name=wallet]").select_option("67fff5c|INR")
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Open in a new tab").click()
    expect(page.locator("#launched")).to_contain_text("is open")

    opened.value.wait_for_url(re.compile(re.escape(demo.url) + "/provider/"))
    assert opened.value.evaluate("window.opener") is None


def test_the_start_page_says_why_a_round_cannot_be_run(browser: Browser, demo: Server) -> None:
    with visit(browser, demo.url) as visited:
        visited.open("/")
        visited.page.route(
            "**/casino/simulateRound",
            lambda route: route.fulfill(
                status=503,
                content_type="application/json",
                body='{"status": "error", "code": "BUSY", "message": "Send it again."}',
            ),
        )
        visited.page.get_by_role("button", name="Run it now").click()

        expect(visited.page.locator("#transcript")).to_have_text("503 BUSY Send it again.")
        expect(visited.page.get_by_role("button", name="Run it now")).to_be_enabled()


@pytest.mark.parametrize("path", ["/", "/nothing/here"])
@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_a_page_fits_its_window(browser: Browser, demo: Server, path: str, width: int) -> None:
    with visit(browser, demo.url, width=width) as visited:
        visited.open(path)
        if path == "/":
            visited.page.get_by_role("button", name="Run it now").click()
            expect(visited.page.locator(".verdict")).to_be_visible()
        assert visited.width_of_contents() <= width


def test_the_production_server_serves_the_static_files(demo: Server) -> None:
    for path in (
        "/static/pages/pages.css",
        "/static/admin/css/base.css",
        "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js",
    ):
        answer = demo.request("GET", path)
        assert answer.status == 200
        unchanged = {"If-Modified-Since": answer.headers["Last-Modified"]}
        assert demo.request("GET", path, headers=unchanged).status == 304
    assert demo.request("GET", "/static/nothing.css").status == 404
    assert demo.request("GET", "/static/../manage.py").status == 404
