"""Amounts on the game page, in a real browser, are written as the casino has them."""

import pytest
from playwright.sync_api import Browser, expect

from tests.provider.play.phone import PHONE, playing, says, spin_button
from tests.provider.table import Table, lay_table
from tests.servers import Server

PAYS = [{"show": ["seven", "bell", "book"], "weight": 1, "pays": 250}]


@pytest.fixture
def table(browser: Browser, table: Table) -> Table:
    table.session.game.pay_table = PAYS
    table.session.game.save()
    return table


AS_THE_CASINO_HAS_IT = [
    ("JPY", 0, "¥100,000", "¥1,000"),
    ("KWD", 3, "KWD 100.000", "KWD 1.000"),
    # The browser by itself would put the point elsewhere in these.
    ("IDR", 2, "IDR 1,000.00", "IDR 10.00"),
    ("HUF", 0, "HUF 100,000", "HUF 1,000"),
    ("HUF", 2, "HUF 1,000.00", "HUF 10.00"),
    ("IQD", 3, "IQD 100.000", "IQD 1.000"),
    ("JPY", 2, "¥1,000.00", "¥10.00"),
    # The browser does not know these.
    ("BTC", 8, "BTC 0.00100000", "BTC 0.00001000"),
    ("USDT", 6, "0.100000 USDT", "0.001000 USDT"),
    ("GOLD_COINS", 0, "100,000 GOLD_COINS", "1,000 GOLD_COINS"),
    ("POINTS", 1, "10,000.0 POINTS", "100.0 POINTS"),
    ("WEI", 18, "WEI 0.000000000000100000", "WEI 0.000000000000001000"),
    # The casino does not say, and the page does not guess.
    ("EUR", None, "100,000 EUR (minor units)", "1,000 EUR (minor units)"),
]


BROKEN_WORDS = """each => {
    const text = each.firstChild, range = document.createRange();
    return [...text.data.matchAll(/[^\\s→]+/g)].filter(word => {
        range.setStart(text, word.index);
        range.setEnd(text, word.index + word[0].length);
        return new Set([...range.getClientRects()].map(line => line.top)).size > 1;
    }).map(word => word[0]);
}"""
"""The words, such as amounts, of which a part is on another line."""


def test_money_is_written_as_the_casino_has_it(
    browser: Browser, provider: Server, table: Table
) -> None:
    """One test uses one page for all: a new page takes longer to open than to read."""
    with playing(browser, provider, table) as visited:
        for currency, exponent, balance, stake in AS_THE_CASINO_HAS_IT:
            seat = lay_table(table.casino, game=table.session.game, currency=currency)
            table.casino.currency = {"currency": currency, "exponent": exponent}
            visited.open(f"/provider/play/{seat.session.launch_token}")
            expect(visited.page.locator("#balance")).to_have_text(balance)
            stakes = visited.page.locator(".stakes span")
            expect(stakes.nth(2)).to_have_text(stake)
            assert stakes.evaluate_all("all => all.every(it => it.scrollWidth <= it.clientWidth)")
            spin_button(visited.page).click()
            expect(visited.page.locator("#rounds li .effect")).to_contain_text(f"{stake} → ")
            assert visited.width_of_contents() <= PHONE
            assert visited.page.locator("#rounds li .effect").evaluate(BROKEN_WORDS) == []


def test_an_amount_that_no_double_holds_keeps_every_digit(
    browser: Browser, provider: Server, table: Table
) -> None:
    table.session.game.stakes = [2**53 + 1]
    table.session.game.save()
    table.balance = 2**60 + 1
    with playing(browser, provider, table) as visited:
        page = visited.page
        expect(page.locator("#balance")).to_have_text("€11,529,215,046,068,469.77")
        expect(page.locator(".stakes span")).to_have_text("€90,071,992,547,409.93")
        spin_button(page).click()
        says(page, "You win €225,179,981,368,524.82!")
        assert table.casino.requests("debit")[0].body["amount"] == 2**53 + 1
        height = page.locator("#balance").evaluate("each => each.getBoundingClientRect().height")
        assert height < 40, "a number over two lines reads like two numbers"
        expect(page.locator("#balance")).to_have_text("€11,664,323,034,889,584.66")
