"""The game page on a phone, in a real browser."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import Visit, visit
from tests.provider.table import Table
from tests.servers import Server

PHONE = 390
QUICK_PAUSES = """
const pause = window.setTimeout;
window.setTimeout = (then, ms) => pause(then, ms < 5000 ? ms / 20 : ms);
"""
"""The page asks for an unanswered spin again soon, but still looks for news every five seconds."""


@contextmanager
def playing(browser: Browser, provider: Server, table: Table) -> Iterator[Visit]:
    """The game page, opened on a phone."""
    with visit(browser, provider.url, width=PHONE, height=844) as visited:
        visited.page.add_init_script(QUICK_PAUSES)
        visited.open(f"/provider/play/{table.session.launch_token}")
        yield visited


def says(page: Page, text: str) -> None:
    expect(page.locator("#message")).to_have_text(re.compile(re.escape(text)), timeout=10_000)


def spin_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Spin", exact=True)
