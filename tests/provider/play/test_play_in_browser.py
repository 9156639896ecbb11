"""The game page in a real browser, at a real provider, against a casino that misbehaves."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from provider.runs.recovery import recover
from tests.browser import Visit, visit
from tests.provider.misbehaviour import BUSY, DROP_REPLY, DROP_REQUEST, refusal
from tests.provider.play.phone import PHONE, playing, says, spin_button
from tests.provider.table import OPENING, Table
from tests.servers import Server

PAYS = [{"show": ["seven", "bell", "book"], "weight": 1, "pays": 250}]


@pytest.fixture
def table(browser: Browser, table: Table) -> Table:
    table.session.game.pay_table = PAYS
    table.session.game.save()
    return table


@pytest.fixture
def visitor(browser: Browser, provider: Server, table: Table) -> Iterator[Visit]:
    with playing(browser, provider, table) as visited:
        yield visited


@pytest.fixture
def page(visitor: Visit) -> Page:
    expect(visitor.page.locator("#balance")).to_have_text("€1,000.00")
    return visitor.page


def test_it_fits_a_phone_and_brings_everything_along(visitor: Visit, page: Page) -> None:
    page.locator("summary").click()
    assert visitor.width_of_contents() <= PHONE
    assert page.locator(".reel use").count() == 3
    drawn = page.locator(".reel svg").first.bounding_box()
    assert drawn
    assert drawn["width"] > 40
    assert visitor.troubles == []


def test_nothing_moves_for_people_who_asked_for_less_motion(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/spin", hold)
    page.get_by_role("button", name="Spin").click()
    expect(page.locator(".turning")).to_have_count(1)
    symbols = page.locator("#reels").inner_html()
    page.wait_for_timeout(400)
    assert page.locator("#reels").inner_html() == symbols
    held[0].continue_()
    expect(page.locator("#rounds li")).to_have_count(1)


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
        (422, "BET_LIMIT", "The casino does not accept this stake for this game."),
    ],
)
def test_a_refusal_is_said_in_words(
    page: Page, table: Table, status: int, code: str, words: str
) -> None:
    table.casino.misbehave("debit", refusal(status, code))
    page.get_by_role("button", name="Spin").click()
    says(page, words)
    page.get_by_role("button", name="Spin").click()  # a new spin, and now it is taken
    says(page, "You win €25.00!")


def test_a_stake_that_got_lost_is_said_to_be_back(page: Page, table: Table) -> None:
    """The casino answers the rollback, so the page must not call it unreachable."""
    table.casino.misbehave("debit", *[DROP_REPLY] * 4)
    page.get_by_role("button", name="Spin").click()
    says(page, "This spin did not take place. Your stake was given back.")
    expect(page.locator("#rounds li .effect")).to_have_text("given back")
    assert table.balance == OPENING


def try_again(page: Page, stake: str = "€10.00") -> Locator:
    button = page.get_by_role("button", name=f"Ask again ({stake})")
    expect(button).to_be_visible(timeout=10_000)
    return button


def test_the_stake_of_a_pending_spin_is_the_one_that_is_asked_for_again(
    page: Page, table: Table
) -> None:
    """No other stake can be chosen, and so charged instead, until the spin is decided."""
    address = table.session.casino.base_url
    casinos = type(table.session.casino).objects.filter(pk=table.session.casino_id)
    casinos.update(base_url="http://127.0.0.1:9")
    spin_button(page).click()
    says(page, "The casino cannot be reached. Your spin is saved: press “Ask again”.")
    casinos.update(base_url=address)

    button = try_again(page)
    for stake in page.locator("input[name=stake]").all():
        expect(stake).to_be_disabled()
    expect(page.get_by_label("€10.00", exact=True)).to_be_checked()
    button.click()
    says(page, "You win €25.00!")
    page.get_by_label("€1.00").check()
    spin_button(page).click()
    says(page, "You win €2.50!")
    assert [asked.body["amount"] for asked in table.casino.requests("debit")] == [1000, 100]


def leave_pending(page: Page, table: Table) -> None:
    """The casino takes the stake, but answers neither the bet nor its rollback."""
    table.casino.misbehave("debit", *[DROP_REPLY] * 4)
    table.casino.misbehave("rollback", *[DROP_REQUEST] * 12)
    spin_button(page).click()
    says(page, "Your spin is saved: press “Ask again”.")


def test_what_recovery_gave_back_meanwhile_is_not_pending_after_a_reload(
    page: Page, table: Table
) -> None:
    leave_pending(page, table)
    recover(grace_seconds=0)
    page.reload()
    says(page, "This spin did not take place. Your stake was given back.")
    expect(page.locator("#balance")).to_have_text("€1,000.00")
    spin_button(page).click()
    says(page, "You win €25.00!")


def test_what_recovery_gave_back_is_told_when_it_is_asked_for_again(
    page: Page, table: Table
) -> None:
    leave_pending(page, table)
    recover(grace_seconds=0)
    try_again(page).click()
    says(page, "This spin did not take place. Your stake was given back.")
    expect(page.locator("#stakes")).to_be_enabled()
    assert len(table.casino.requests("debit")) == 4


def test_a_page_that_stays_open_learns_that_its_spin_was_decided(page: Page, table: Table) -> None:
    leave_pending(page, table)
    recover(grace_seconds=0)
    says(page, "This spin did not take place. Your stake was given back.")
    expect(spin_button(page)).to_be_visible()


def test_a_spin_that_is_open_in_the_record_is_pending_in_every_tab(
    page: Page, table: Table
) -> None:
    leave_pending(page, table)
    page.evaluate("sessionStorage.clear()")
    page.reload()
    says(page, "Your last spin has not been answered yet: press “Ask again”.")
    try_again(page).click()
    says(page, "This spin did not take place. Your stake was given back.")


def test_a_casino_that_is_busy_is_not_called_away(page: Page, table: Table) -> None:
    table.casino.misbehave("debit", *[BUSY] * 12)
    spin_button(page).click()
    says(page, "The casino is busy. Your spin is saved: press “Ask again”.")
    try_again(page).click()
    says(page, "You win €25.00!")


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [(503, "BUSY", "The game is busy."), (500, "INTERNAL_ERROR", "Something went wrong.")],
)
def test_a_provider_that_cannot_say_keeps_the_spin(
    page: Page, table: Table, status: int, code: str, words: str
) -> None:
    told = {"status": "error", "code": code, "message": "for a program"}
    page.route("**/spin", lambda route: route.fulfill(status=status, json=told))
    spin_button(page).click()
    says(page, f"{words} Your spin is saved: press “Ask again”.")
    page.unroute("**/spin")
    try_again(page).click()
    says(page, "You win €25.00!")
    assert len(table.casino.moved("debit")) == 1


def test_a_payout_that_is_late_is_waited_for(page: Page, table: Table) -> None:
    """Two answers are 502; the page asks for the same spin until it gets the result."""
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
    says(page, "No connection. Your spin is saved: press “Ask again”.")
    page.unroute("**/spin")
    page.reload()
    says(page, "Your last spin has not been answered yet: press “Ask again”.")
    try_again(page).click()
    says(page, "You win €25.00!")
    assert len(table.casino.moved("debit")) == 1


def test_nothing_is_guessed_while_the_casino_is_away(
    browser: Browser, provider: Server, table: Table
) -> None:
    table.casino.misbehave("getBalance", *[DROP_REQUEST] * 4)
    with playing(browser, provider, table) as visited:
        says(visited.page, "The casino cannot be reached.")
        expect(visited.page.locator("#balance")).to_have_text("—")
        expect(visited.page.locator(".stakes span").first).to_have_text("…")
        visited.page.reload()
        expect(visited.page.locator(".stakes span").first).to_have_text("€1.00")


def test_an_address_without_a_game_says_so(browser: Browser, provider: Server) -> None:
    with visit(browser, provider.url, width=PHONE) as visited:
        visited.open("/provider/play/nothing-here")
        expect(visited.page.locator("h1")).to_have_text("Game not found")
