"""A waterfall: how steps up and down lead from one balance to another."""

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

_HEIGHT = 210
_RIGHT, _TOP, _BOTTOM = 6, 10, 176
_WIDTH_OF_A_LETTER = 6


class Step(NamedTuple):
    """A signed change."""

    label: str
    change: int


def waterfall(
    *, title: str, opening: int, steps: Sequence[Step], closing: int, written: Callable[[int], str]
) -> SafeString:
    """Shows ``steps`` from ``opening`` to ``closing``, which the caller gives."""
    columns = _columns(opening, steps, closing)
    return figure(
        title=title,
        description=(
            f"Opening {written(opening)}, {len(steps)} kinds of movements, "
            f"closing {written(closing)}."
        ),
        height=_HEIGHT,
        drawing=_drawing(columns, written),
        table=Table(
            ("Step", "Change", "Balance"),
            [
                (each.label, "" if each.is_total else written(each.change), written(each.end))
                for each in columns
            ],
        ),
    )


class _Column(NamedTuple):
    label: str
    begin: int
    end: int
    is_total: bool

    @property
    def change(self) -> int:
        return self.end - self.begin

    @property
    def tone(self) -> str:
        if self.is_total:
            return "bar total"
        return "bar" if self.change >= 0 else "bar down"


def _columns(opening: int, steps: Sequence[Step], closing: int) -> list[_Column]:
    columns, stands_at = [_Column("Opening", 0, opening, is_total=True)], opening
    for step in steps:
        columns.append(_Column(step.label, stands_at, stands_at + step.change, is_total=False))
        stands_at += step.change
    return [*columns, _Column("Closing", 0, closing, is_total=True)]


def _drawing(columns: Sequence[_Column], written: Callable[[int], str]) -> Iterator[SafeString]:
    ends = [value for column in columns for value in (column.begin, column.end)]
    values = round_steps(min(ends), max(ends))
    scale = Scale(values[0], values[-1], _BOTTOM, _TOP)
    axis = left_margin(written(round(value)) for value in values)
    for value in values:
        yield line(axis, scale(value), WIDTH - _RIGHT, scale(value))
        yield text(axis - 8, scale(value) + 4, written(round(value)), "end")
    slot = (WIDTH - axis - _RIGHT) / len(columns)
    for number, column in enumerate(columns):
        left = axis + number * slot + slot * 0.15
        upper, lower = sorted((scale(column.begin), scale(column.end)))
        tip = f"{column.label}: {written(column.end if column.is_total else column.change)}"
        height = max(lower - upper, 1)
        yield rectangle(left, upper, slot * 0.7, height, tone=column.tone, tip=tip)
        if number + 1 < len(columns):
            level = scale(column.end)
            yield line(left + slot * 0.7, level, left + slot, level, "join")
        yield text(left + slot * 0.35, _HEIGHT - 14, _shortened(column.label, slot), "middle")


def _shortened(label: str, width: float) -> str:
    longest = int(width / _WIDTH_OF_A_LETTER)
    return label if len(label) <= longest else label[: longest - 1] + "…"
