"""Charts state in words and figures exactly what they draw."""

import itertools
import re
import xml.etree.ElementTree as ET

import pytest

from config.backoffice.charts import Bar, Part, Step, band, bars, sparkline, split_bar, waterfall
from config.backoffice.charts.figure import Scale, round_steps

SVG = "svg"


def picture(chart: str) -> ET.Element:
    """The drawing of a chart, which must be well-formed."""
    found = ET.fromstring(f"<div>{chart}</div>").find(f".//{SVG}")
    assert found is not None
    return found


def rectangles(chart: str) -> list[tuple[str, float, float]]:
    """Class, upper edge and height of each bar."""
    return [
        (each.attrib["class"], float(each.attrib["y"]), float(each.attrib["height"]))
        for each in picture(chart).findall("rect")
    ]


def as_table(chart: str) -> list[list[str]]:
    rows = re.findall(r"<tr><th scope=\"row\">(.*?)</th>(.*?)</tr>", chart)
    return [[head, *re.findall(r"<td[^>]*>(.*?)</td>", cells)] for head, cells in rows]


EVERY_CHART = [
    bars(title="A <b>", bars=[Bar("Mon & co", 5), Bar("Tue", -3)], written=str),
    waterfall(title="A <b>", opening=10, steps=[Step("win", 5)], closing=15, written=str),
    split_bar(title="A <b>", parts=[Part("one", 1), Part("two", 3, "other")], written=str),
    sparkline(title="A <b>", values=[1, 4, 2], labels=["a", "b", "c"], written=str),
    band(title="A <b>", actual=0.9, expected=0.96, low=0.95, high=0.97, written=str),
]


@pytest.mark.parametrize("chart", EVERY_CHART)
def test_every_chart_is_named_described_and_told_as_a_table(chart: str) -> None:
    drawn = picture(chart)
    named_by = drawn.attrib["aria-labelledby"].split()
    title, description = drawn.find("title"), drawn.find("desc")
    assert title is not None
    assert description is not None
    assert [title.attrib["id"], description.attrib["id"]] == named_by
    assert title.text == "A <b>"
    assert description.text
    assert drawn.attrib["role"] == "img"
    assert as_table(chart)


@pytest.mark.parametrize("chart", EVERY_CHART)
def test_no_chart_needs_an_inline_style_or_a_script(chart: str) -> None:
    assert not re.search(r"style=|<style|<script|\son\w+=", chart)


def test_bars_are_as_high_as_their_values_and_hang_below_zero() -> None:
    chart = bars(
        title="t", bars=[Bar("a", 10), Bar("b", 20), Bar("c", -10), Bar("d", 0)], written=str
    )
    (_, top_a, a), (_, top_b, b), (tone, top_c, c) = rectangles(chart)
    assert b == pytest.approx(2 * a, abs=0.1)
    assert c == pytest.approx(a, abs=0.1)
    assert top_a + a == pytest.approx(top_c, abs=0.1)  # the axis
    assert top_b < top_a
    assert tone == "bar down"
    assert as_table(chart) == [["a", "10"], ["b", "20"], ["c", "-10"], ["d", "0"]]


@pytest.mark.parametrize("values", [[], [0], [0, 0], [7], [-7], [10**18, -(10**18)]])
def test_bars_of_any_values_can_be_drawn(values: list[int]) -> None:
    picture(bars(title="t", bars=[Bar(str(value), value) for value in values], written=str))


@pytest.mark.parametrize(("steps", "shown"), [(1, "opening balance"), (9, "opening …")])
def test_a_label_of_a_waterfall_has_the_width_of_its_column(steps: int, shown: str) -> None:
    chart = waterfall(
        title="A", opening=0, steps=[Step("opening balance", 1)] * steps, closing=steps,
        written=str,
    )  # fmt: skip
    labels = [each.text for each in picture(chart).findall("text")]
    assert labels.count(shown) == steps


def test_a_waterfall_leads_from_the_opening_to_the_closing() -> None:
    chart = waterfall(
        title="t", opening=100, steps=[Step("bets", -60), Step("wins", 20)], closing=60, written=str
    )
    assert as_table(chart) == [
        ["Opening", "", "100"],
        ["bets", "-60", "40"],
        ["wins", "20", "60"],
        ["Closing", "", "60"],
    ]
    opening, bet, win, closing = rectangles(chart)
    assert bet[1] == pytest.approx(opening[1], abs=0.1)
    assert win[1] + win[2] == pytest.approx(bet[1] + bet[2], abs=0.1)
    assert closing[1] == pytest.approx(win[1], abs=0.1)
    assert [each[0] for each in (opening, bet, win, closing)] == [
        "bar total", "bar down", "bar", "bar total",
    ]  # fmt: skip


def test_a_value_outside_its_band_is_said_and_marked() -> None:
    inside = band(title="t", actual=0.96, expected=0.96, low=0.95, high=0.97, written=str)
    outside = band(title="t", actual=0.90, expected=0.96, low=0.95, high=0.97, written=str)
    assert "inside the band" in inside
    assert "mark bad" not in inside
    assert "outside the band" in outside
    assert "mark bad" in outside


@pytest.mark.parametrize(
    ("lowest", "highest"), [(0, 0), (0, 7), (-3, 1), (5, 9), (-9, -5), (0, 10**15)]
)
def test_an_axis_has_round_steps_that_hold_all_values(lowest: int, highest: int) -> None:
    steps = round_steps(lowest, highest)
    assert steps[0] <= min(lowest, 0)
    assert steps[-1] >= max(highest, 0)
    assert 0 in steps
    assert 2 <= len(steps) <= 8
    gaps = {round(after - before, 6) for before, after in itertools.pairwise(steps)}
    assert len(gaps) == 1


def test_a_scale_is_straight() -> None:
    scale = Scale(0, 10, bottom=100, top=0)
    assert [scale(0), scale(5), scale(10)] == [100, 50, 0]


@pytest.mark.parametrize(("values", "lines"), [((), 0), ((5,), 0), ((5, 7), 1), ((5, 5), 1)])
def test_a_line_needs_two_points(values: tuple[int, ...], lines: int) -> None:
    labels = [str(number) for number, _ in enumerate(values)]
    chart = sparkline(title="Turnover", values=values, labels=labels, written=str)
    drawn = [each for each in picture(chart).iter() if each.tag.endswith("polyline")]
    assert len(drawn) == lines
    assert [row[-1] for row in as_table(chart)] == [str(value) for value in values]
