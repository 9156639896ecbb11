"""Bars in a row: an amount for each hour or day. A negative bar hangs below the axis."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from django.utils.safestring import SafeString

from config.backoffice.charts.figure import (
    WIDTH,
    Scale,
    Table,
    figure,
    left_margin,
    line,
    rectangle,
    round_steps,
    text,
)

_HEIGHT = 190
_RIGHT, _TOP, _BOTTOM = 6, 8, 164
_MOST_LABELS = 12


class Bar(NamedTuple):
    """The height shows ``value``, in any unit. The label is below the bar."""

    label: str
    value: int


def bars(
    *, title: str, bars: Sequence[Bar], written: Callable[[int], str], unit: str = "Amount"
) -> SafeString:
    """A bar chart. ``written`` formats a value for the axis and the table."""
    return figure(
        title=title,
        description=_description(bars, written),
        height=_HEIGHT,
        drawing=_drawing(bars, written),
        table=Table(("When", unit), [(bar.label, written(bar.value)) for bar in bars]),
    )


def _description(bars: Sequence[Bar], written: Callable[[int], str]) -> str:
    if not any(bar.value for bar in bars):
        return "Nothing in this period."
    highest = max(bars, key=lambda bar: bar.value)
    lowest = min(bars, key=lambda bar: bar.value)
    return (
        f"{len(bars)} bars. The highest is {written(highest.value)} at {highest.label}, "
        f"the lowest {written(lowest.value)} at {lowest.label}."
    )


def _drawing(bars: Sequence[Bar], written: Callable[[int], str]) -> Iterator[SafeString]:
    values = [bar.value for bar in bars] or [0]
    steps = round_steps(min(values), max(values))
    scale = Scale(steps[0], steps[-1], _BOTTOM, _TOP)
    axis = left_margin(written(round(step)) for step in steps)
    for step in steps:
        yield line(axis, scale(step), WIDTH - _RIGHT, scale(step))
        yield text(axis - 8, scale(step) + 4, written(round(step)), "end")
    slot = (WIDTH - axis - _RIGHT) / max(len(bars), 1)
    every = -(-len(bars) // _MOST_LABELS)
    for number, bar in enumerate(bars):
        left = axis + number * slot
        if bar.value:
            upper, lower = sorted((scale(bar.value), scale(0)))
            tone = "bar" if bar.value > 0 else "bar down"
            tip = f"{bar.label}: {written(bar.value)}"
            width = max(slot * 0.7, 1)
            height = max(lower - upper, 1)
            yield rectangle(left + slot * 0.15, upper, width, height, tone=tone, tip=tip)
        if number % every == 0:
            yield text(left + slot / 2, _HEIGHT - 8, bar.label, "middle")
