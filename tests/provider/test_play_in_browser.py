"""The game page in a real browser, at a real provider, against a casino that misbehaves."""

import re
from collections.abc import Iterator

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page, expect

from tests.browser import Visit, chromium, visit
from tests.provider.fake_casino import DROP_REQUEST, refusal
from tests.provider.world import OPENING, Table
from tests.servers import Server, serving

PHONE = 390
PAYS = [{"show": ["seven", "bell", "book"], "weight": 1, "pays": 250}]


@pytest.fixture(scope="module")
def provider() -> Iterator[Server]:
    with serving(SERVICES="provider", PROVIDER_BACKOFF_MS="1", PROVIDER_LONGEST_WAIT_MS="5") as it:
        yield it


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def table(browser: Browser, table: Table) -> Iterator[Table]:
    table.session.game.pay_table = PAYS
    table.session.game.save()
    yield table
    # While the browser's event loop runs, Django keeps connections apart from all others.
    connections.close_all()


@pytest.fixture
def visitor(browser: Browser, provider: Server, table: Table) -> Iterator[Visit]:
    with visit(browser, provider.url, width=PHONE, height=844) as visited:
        visited.open(f"/provider/play/{table.session.launch_token}")
        yield visited


@pytest.fixture
def page(visitor: Visit) -> Page:
    expect(visitor.page.locator("#balance")).to_have_text("€1,000.00")
    return visitor.page


def says(page: Page, text: str) -> None:
    expect(page.locator("#message")).to_have_text(re.compile(re.escape(text)), timeout=10_000)


def test_it_fits_a_phone_and_brings_everything_along(visitor: Visit, page: Page) -> None:
    page.locator("summary").click()
    assert visitor.width_of_contents() <= PHONE
    assert page.locator(".reel use").count() == 3
    drawn = page.locator(".reel svg").first.bounding_box()
    assert drawn
    assert drawn["width"] > 40
    assert visitor.troubles == []


def test_a_spin_shows_what_was_drawn_and_won(visitor: Visit, page: Page, table: Table) -> None:
    page.get_by_label("€25.00").check()
    page.get_by_role("button", name="Spin").click()
    says(page, "You win €62.50!")
    expect(page.locator("#balance")).to_have_text("€1,037.50")
    shown = page.locator(".reel use").evaluate_all("uses => uses.map(use => use.href.baseVal)")
    assert [address.partition("#")[2] for address in shown] == ["seven", "bell", "book"]
    expect(page.locator("#rounds li")).to_have_count(1)
    expect(page.locator("#rounds li .effect")).to_have_text("€25.00 → €62.50")
    assert table.balance == OPENING + 3750
    assert visitor.troubles == []


def test_a_double_click_spins_once(page: Page, table: Table) -> None:
    page.get_by_role("button", name="Spin").dblclick()
    says(page, "You win €25.00!")
    expect(page.locator("#rounds li")).to_have_count(1)
    assert len(table.casino.moved("debit")) == 1


def test_it_is_played_by_keyboard(page: Page, table: Table) -> None:
    page.locator("input[name=stake]:checked").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    says(page, "You win €62.50!")
    assert table.casino.requests("debit")[0].body["amount"] == 2500


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (402, "INSUFFICIENT_FUNDS", "Your balance is too low for this stake."),
        (403, "PLAYER_BLOCKED", "The casino has blocked play on your account."),
        (403, "SESSION_INACTIVE", "This session has ended."),
        (422, "BET_LIMIT", "The casino does not take this stake for this game."),
    ],
)
def test_a_refusal_is_said_in_words(
    page: Page, table: Table, status: int, code: str, words: str
) -> None:
    table.casino.misbehave("debit", refusal(status, code))
    page.get_by_role("button", name="Spin").click()
    says(page, words)
    page.get_by_role("button", name="Spin").click()  # anew, and now it is taken
    says(page, "You win €25.00!")


def test_a_casino_that_is_down_gives_the_stake_back(page: Page, table: Table) -> None:
    table.casino.misbehave("debit", *[DROP_REQUEST] * 4)
    page.get_by_role("button", name="Spin").click()
    says(page, "The casino cannot be reached. Your stake was given back.")
    assert table.balance == OPENING


def test_a_payout_that_is_late_is_waited_for(page: Page, table: Table) -> None:
    """Two answers are 502; the page asks for the same spin until it is told."""
    table.casino.misbehave("credit", *[DROP_REQUEST] * 8)
    page.get_by_role("button", name="Spin").click()
    says(page, "You win €25.00!")
    assert len(table.casino.moved("debit")) == 1
    assert table.balance == OPENING + 1500


def test_a_spin_that_was_cut_off_is_kept_over_a_reload(
    page: Page, table: Table, visitor: Visit
) -> None:
    page.route("**/spin", lambda route: route.abort())
    page.get_by_role("button", name="Spin").click()
    says(page, "No connection. Your spin is kept: press Spin to ask for it again.")
    page.unroute("**/spin")
    page.reload()
    says(page, "Your last spin is not answered yet")
    page.get_by_role("button", name="Spin").click()
    says(page, "You win €25.00!")
    assert len(table.casino.moved("debit")) == 1


@pytest.mark.parametrize(
    ("currency", "balance"),
    [("JPY", "¥100,000"), ("KWD", "KWD 100.000"), ("GOLD_COINS", "100,000 GOLD_COINS")],
)
def test_money_is_written_as_its_currency_is(
    browser: Browser, provider: Server, table: Table, currency: str, balance: str
) -> None:
    table.session.currency = currency
    table.session.save()
    with visit(browser, provider.url, width=PHONE) as visited:
        visited.open(f"/provider/play/{table.session.launch_token}")
        expect(visited.page.locator("#balance")).to_have_text(balance)
        stakes = visited.page.locator(".stakes span")
        assert stakes.evaluate_all("all => all.every(it => it.scrollWidth <= it.clientWidth)")


def test_an_address_without_a_game_says_so(browser: Browser, provider: Server) -> None:
    with visit(browser, provider.url, width=PHONE) as visited:
        visited.open("/provider/play/nothing-here")
        expect(visited.page.locator("h1")).to_have_text("No such game")
