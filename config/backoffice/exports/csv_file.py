"""Reports as CSV: UTF-8 with a byte order mark, plain numbers, and no cell that is a formula."""

import csv
import io
from typing import IO

from config.backoffice.exports.report import (
    Cell,
    Money,
    Multiple,
    Report,
    Share,
    bare,
    cut_off,
    written,
)
from config.backoffice.money import plain
from config.backoffice.spreadsheet import safe_cell

MOST_ROWS = 1_000_000


def write_csv(report: Report, file: IO[bytes]) -> int:
    """Write the report and return its number of rows. Reads ``report.rows`` once."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    out = csv.writer(text)
    for label, words in report.head:
        out.writerow([label, _plain_cell(words)])
    out.writerow([])
    out.writerow([column.title for column in report.columns])
    number, is_cut = 0, False
    for row in report.rows:
        if number == MOST_ROWS:
            is_cut = True
            break
        out.writerow([_plain_cell(cell) for cell in row])
        number += 1
    if number == 0:
        out.writerow([report.nothing])
    for row in report.totals:
        out.writerow([_plain_cell(cell) for cell in row])
    if is_cut:
        out.writerow([cut_off(MOST_ROWS)])
    text.detach()
    return number


def _plain_cell(cell: Cell) -> str | int | None:
    """Numbers stay numbers: a negative amount is not a formula."""
    match bare(cell):
        case Money(minor, exponent):
            return plain(minor, exponent)
        case Share() | Multiple() as ratio:
            return None if ratio.hundredths is None else plain(ratio.hundredths, 2)
        case (bool() | int() | None) as number:
            return number
        case other:
            return str(safe_cell(written(other)))
