"""Bars as SVG, readable on light and dark pages, without a package."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

LABEL_WIDTH, BAR_WIDTH, NOTE_WIDTH = 290, 380, 120
ROW_HEIGHT, BAR_HEIGHT, TOP = 26, 16, 44
COLOURS = {"ours": "#3b82c4", "scale": "#9aa3ad", "limit": "#d9822b"}


class Bar(NamedTuple):
    """``note`` is written after the bar; ``kind`` is a key of COLOURS."""

    label: str
    value: float
    note: str
    kind: str = "ours"


def bars(title: str, rows: Sequence[Bar]) -> str:
    """Horizontal bars from zero, in the order given."""
    width, height = LABEL_WIDTH + BAR_WIDTH + NOTE_WIDTH, TOP + ROW_HEIGHT * len(rows) + 12
    longest = max((row.value for row in rows), default=1.0) or 1.0
    size = f'width="{width}" height="{height}"'
    style = 'font-family="system-ui, sans-serif" font-size="13"'
    heading = 'x="16" y="27" font-size="15" font-weight="600" fill="#1f2933"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {width} {height}" {style}>',
        f"<title>{escape(title)}</title>",
        f'<rect {size} rx="6" fill="#ffffff"/>',
        f"<text {heading}>{escape(title)}</text>",
    ]
    for number, row in enumerate(rows):
        lines += _row(row, TOP + ROW_HEIGHT * number, row.value / longest * BAR_WIDTH)
    return "\n".join([*lines, "</svg>", ""])


def _row(row: Bar, top: int, length: float) -> list[str]:
    text = f'y="{top + BAR_HEIGHT - 3}" fill="#1f2933"'
    bar = f'x="{LABEL_WIDTH}" y="{top}" width="{max(length, 1):.1f}" height="{BAR_HEIGHT}"'
    return [
        f'<text x="{LABEL_WIDTH - 8}" {text} text-anchor="end">{escape(row.label)}</text>',
        f'<rect {bar} rx="2" fill="{COLOURS[row.kind]}"/>',
        f'<text x="{LABEL_WIDTH + length + 8:.1f}" {text}>{escape(row.note)}</text>',
    ]
