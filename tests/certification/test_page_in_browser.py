"""The report in a browser is readable for everybody: on a phone, in dark mode, on paper."""

import itertools
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import chromium
from tests.certification.mutants.order import ReplaysAnotherAmount
from tests.certification.running import certify

LEAST_CONTRAST = 4.5
"""The contrast of text, from WCAG 2.2 AA."""

CONTRASTS = """() => {
  const light = ([r, g, b]) => [r, g, b]
    .map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const numbers = text => text.match(/[\\d.]+/g).map(Number);
  const behind = element => {
    for (; element; element = element.parentElement) {
      const colour = numbers(getComputedStyle(element).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  document.querySelectorAll("details").forEach(each => each.open = true);
  const found = {};
  for (const element of document.body.querySelectorAll("*")) {
    if (![...element.childNodes].some(node => node.nodeType === 3 && node.data.trim())) continue;
    const one = light(numbers(getComputedStyle(element).color)), other = light(behind(element));
    const ratio = (Math.max(one, other) + .05) / (Math.min(one, other) + .05);
    const name = `${element.tagName}.${element.className}`;
    found[name] = Math.min(ratio, found[name] ?? 99);
  }
  return found;
}"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report of a wallet that fails a case; it has every possible verdict."""
    certified = certify(ReplaysAnotherAmount(), tmp_path_factory.mktemp("report"), "--only=A,D,F")
    return (certified.folder / "report.html").as_uri()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def opened(browser: Browser, report: str, *, width: int = 1180, dark: bool = False) -> Page:
    page = browser.new_page(
        viewport={"width": width, "height": 844}, color_scheme="dark" if dark else "light"
    )
    page.goto(report)
    return page


def test_it_fits_a_phone_with_everything_open(browser: Browser, report: str) -> None:
    page = opened(browser, report, width=390)
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize("dark", [False, True])
def test_its_colours_can_be_read(browser: Browser, report: str, dark: bool) -> None:
    contrasts = opened(browser, report, dark=dark).evaluate(CONTRASTS)
    assert len(contrasts) > 20
    assert {name: each for name, each in contrasts.items() if each < LEAST_CONTRAST} == {}


def test_a_cell_of_the_matrix_leads_to_its_case(browser: Browser, report: str) -> None:
    page = opened(browser, report)
    assert not page.locator("#D01").is_visible()
    page.click(".cell[href='#D01']")
    assert page.locator("details:has(#D01)").get_attribute("open") is not None


def test_headings_and_tables_can_be_followed_without_seeing_them(
    browser: Browser, report: str
) -> None:
    page = opened(browser, report)
    levels = page.eval_on_selector_all("h1,h2,h3,h4", "all => all.map(it => +it.tagName[1])")
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert page.eval_on_selector_all("th", "all => all.every(it => it.textContent && it.scope)")
    assert page.eval_on_selector_all("pre", "all => all.every(it => it.tabIndex === 0)")


def test_paper_has_what_failed_in_full_and_what_passed_as_a_line(
    browser: Browser, report: str
) -> None:
    page = opened(browser, report, dark=True)
    page.emulate_media(media="print")
    assert page.locator("details:has(#D03) .reason").is_visible()
    assert not page.locator("details:has(#D01) .steps").first.is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
