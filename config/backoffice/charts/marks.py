"""Small charts: the parts of a whole, a line without axes, and a value against its band."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.backoffice.charts.figure import WIDTH, Scale, Table, figure, line, rectangle, text

_BAR_HEIGHT, _SPARK_HEIGHT, _BAND_HEIGHT = 22, 60, 56
_EDGE = 40


class Part(NamedTuple):
    """One share of a whole; ``tone`` is a class of the stylesheet (bar, other, total)."""

    label: str
    value: int
    tone: str = ""


def split_bar(*, title: str, parts: Sequence[Part], written: Callable[[int], str]) -> SafeString:
    """The parts of a whole next to each other, each as wide as its share. No part is negative."""
    total = sum(part.value for part in parts)
    said = ", ".join(f"{part.label} {written(part.value)}" for part in parts)
    return figure(
        title=title,
        description=f"{said}.",
        height=_BAR_HEIGHT,
        drawing=_parts(parts, total, written),
        table=Table(("Part", "Amount"), [(part.label, written(part.value)) for part in parts]),
    )


def _parts(
    parts: Sequence[Part], total: int, written: Callable[[int], str]
) -> Iterator[SafeString]:
    if total <= 0:
        yield rectangle(0, 4, WIDTH, 14, tone="bar total", tip="Nothing")
        return
    left = 0.0
    for part in parts:
        width = WIDTH * part.value / total
        tip = f"{part.label}: {written(part.value)}"
        tone = f"bar {part.tone}".strip()
        yield rectangle(left, 4, width, 14, tone=tone, tip=tip)
        left += width


def sparkline(
    *, title: str, values: Sequence[int], labels: Sequence[str], written: Callable[[int], str]
) -> SafeString:
    """A line without axes. Raises ValueError unless there are as many labels as values."""
    rows = [(label, written(value)) for label, value in zip(labels, values, strict=True)]
    said = f"From {rows[0][1]} to {rows[-1][1]}." if rows else "Nothing in this period."
    return figure(
        title=title,
        description=said,
        height=_SPARK_HEIGHT,
        drawing=_spark(values),
        table=Table(("When", "Amount"), rows),
    )


def _spark(values: Sequence[int]) -> Iterator[SafeString]:
    if len(values) < 2:
        return
    lowest, highest = min(values), max(values)
    scale = Scale(lowest, max(highest, lowest + 1), _SPARK_HEIGHT - 6, 6)
    step = WIDTH / (len(values) - 1)
    points = " ".join(f"{number * step:.1f},{scale(each)}" for number, each in enumerate(values))
    yield format_html('<polyline class="spark" points="{}"/>', points)


def band(
    *,
    title: str,
    actual: float,
    expected: float,
    low: float,
    high: float,
    written: Callable[[float], str],
) -> SafeString:
    """A value next to its expected value. The band shows the range that chance alone explains."""
    is_inside = low <= actual <= high
    verdict = "inside" if is_inside else "outside"
    return figure(
        title=title,
        description=(
            f"{written(actual)}, {verdict} the band from {written(low)} to {written(high)} "
            f"around {written(expected)}."
        ),
        height=_BAND_HEIGHT,
        drawing=_band(actual, expected, low, high, written),
        table=Table(
            ("Figure", "Value"),
            [
                ("Actual", written(actual)),
                ("Expected", written(expected)),
                ("Lowest by chance", written(low)),
                ("Highest by chance", written(high)),
            ],
        ),
    )


def _band(
    actual: float, expected: float, low: float, high: float, written: Callable[[float], str]
) -> Iterator[SafeString]:
    least, most = min(low, actual), max(high, actual)
    room = (most - least) * 0.08 or abs(expected) * 0.01 or 1.0
    scale = Scale(least - room, most + room, _EDGE, WIDTH - _EDGE)
    tip = f"Expected by chance: {written(low)} to {written(high)}"
    yield rectangle(scale(low), 10, scale(high) - scale(low), 18, tone="band", tip=tip)
    yield line(scale(expected), 6, scale(expected), 32)
    tone = "mark" if low <= actual <= high else "mark bad"
    yield format_html(
        '<circle class="{}" cx="{}" cy="19" r="6"><title>{}</title></circle>',
        tone,
        scale(actual),
        written(actual),
    )
    yield text(scale(low), 46, written(low), "middle")
    yield text(scale(high), 46, written(high), "middle")
