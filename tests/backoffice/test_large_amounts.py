"""Very large amounts stay readable on the front page, in a browser."""

from functools import partial

import pytest

from config.backoffice.charts import Bar, bars
from config.backoffice.money import grouped, money_span
from tests.backoffice.test_in_browser import LAPTOP, PHONE
from tests.browser import Visit

_SHOW = """([amount, chart]) => {
    for (const figure of document.querySelectorAll(".figures-card dd.big a"))
        figure.innerHTML = amount;
    for (const drawn of document.querySelectorAll(".figures-card figure.chart"))
        drawn.outerHTML = chart;
}"""
_OUTSIDE = """() => [
    ...[...document.querySelectorAll(".facts > div")].flatMap(box =>
        [...box.querySelectorAll(".money")].filter(money =>
            money.getBoundingClientRect().right > box.getBoundingClientRect().right + 1)),
    ...[...document.querySelectorAll("figure.chart svg")].flatMap(svg =>
        [...svg.querySelectorAll("text")].filter(text =>
            text.getBoundingClientRect().left < svg.getBoundingClientRect().left - 1)),
].map(each => each.textContent)"""


@pytest.mark.parametrize("minor", [-12_345_678_912, -9_223_372_036_854_775_807])
def test_large_amounts_stay_in_their_place(visitor: Visit, minor: int) -> None:
    visitor.open("/admin/")
    chart = bars(title="GGR", bars=[Bar("10:00", minor)], written=partial(grouped, exponent=2))
    visitor.page.evaluate(_SHOW, [money_span(minor, 2, "EUR", signed=True), chart])
    for width in (1200, LAPTOP, PHONE):
        visitor.page.set_viewport_size({"width": width, "height": 900})
        assert visitor.page.evaluate(_OUTSIDE) == [], width
