"""What all charts share: the frame around the picture, the table behind it, and a scale."""

import hashlib
import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH = 720
_LEAST_MARGIN = 76
_WIDTH_OF_A_DIGIT = 7


class Table(NamedTuple):
    """The same numbers as a table: headers, and a row for each thing drawn."""

    headers: Sequence[str]
    rows: Sequence[Sequence[Any]]


class Scale(NamedTuple):
    """Maps values linearly to pixels, from the bottom up."""

    lowest: float
    highest: float
    bottom: float
    top: float

    def __call__(self, value: float) -> float:
        share = (value - self.lowest) / (self.highest - self.lowest)
        return round(self.bottom + share * (self.top - self.bottom), 2)


def figure(
    *, title: str, description: str, height: int, drawing: Iterable[SafeString], table: Table
) -> SafeString:
    """The whole chart. Its ids are derived from its contents, so no two charts share an id."""
    contents = format_html_join("", "{}", ((part,) for part in drawing))
    unique = hashlib.sha256(f"{title}{description}{contents}".encode()).hexdigest()[:10]
    return format_html(
        '<figure class="chart"><figcaption>{}</figcaption>'
        '<svg viewBox="0 0 {} {}" role="img" aria-labelledby="title-{} desc-{}">'
        '<title id="title-{}">{}</title><desc id="desc-{}">{}</desc>{}</svg>{}</figure>',
        title,
        WIDTH,
        height,
        unique,
        unique,
        unique,
        title,
        unique,
        description,
        contents,
        _as_table(title, table),
    )


def _as_table(title: str, table: Table) -> SafeString:
    head = format_html_join("", '<th scope="col">{}</th>', ((text,) for text in table.headers))
    rows = [
        format_html_join("", '<td class="number">{}</td>', ((cell,) for cell in row[1:]))
        for row in table.rows
    ]
    body = format_html_join(
        "",
        '<tr><th scope="row">{}</th>{}</tr>',
        ((row[0], cells) for row, cells in zip(table.rows, rows, strict=True)),
    )
    return format_html(
        '<details><summary>As a table</summary><div class="scroll"><table>'
        '<caption class="visually-hidden">{}</caption>'
        "<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div></details>",
        title,
        head,
        body,
    )


def round_steps(lowest: float, highest: float, most: int = 4) -> list[float]:
    """Round values that divide the range, at most ``most`` above zero, always including 0."""
    span = max(highest, 0) - min(lowest, 0)
    if span <= 0:
        return [0.0, 1.0]
    rough = span / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough)
    first = math.floor(min(lowest, 0) / step)
    last = math.ceil(max(highest, 0) / step)
    return [number * step for number in range(first, last + 1)]


def left_margin(labels: Iterable[str]) -> float:
    """Where the drawing begins, so that all labels of the axis have room in front of it."""
    return max(_LEAST_MARGIN, 16 + _WIDTH_OF_A_DIGIT * max(map(len, labels)))


def rectangle(
    x: float, y: float, width: float, height: float, *, tone: str, tip: str
) -> SafeString:
    """A bar whose tip is shown when somebody points at it."""
    return format_html(
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="2"><title>{}</title></rect>',
        tone,
        round(x, 2),
        round(y, 2),
        round(max(width, 0), 2),
        round(max(height, 0), 2),
        tip,
    )


def text(x: float, y: float, words: str, anchor: str = "start") -> SafeString:
    return format_html(
        '<text x="{}" y="{}" text-anchor="{}">{}</text>', round(x, 2), round(y, 2), anchor, words
    )


def line(x1: float, y1: float, x2: float, y2: float, tone: str = "axis") -> SafeString:
    return format_html(
        '<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>',
        tone,
        *(round(value, 2) for value in (x1, y1, x2, y2)),
    )
