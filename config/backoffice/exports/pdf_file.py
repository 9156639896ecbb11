"""Reports as PDF, in DejaVu Sans: numbered pages, each with the head of the table."""

from collections.abc import Sequence
from pathlib import Path
from typing import IO

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import TTFFont

from config.backoffice.exports.report import (
    Cell,
    Column,
    Kind,
    Name,
    Report,
    bare,
    cut_off,
    written,
    written_time,
)

MOST_ROWS = 2_000
"""A PDF is for reading and filing; use CSV or XLSX for longer tables."""

_FONTS = Path(__file__).resolve().parent.parent / "fonts"
_FAMILY = "DejaVu"
_LINE_MM, _SIZE, _SMALL = 5.2, 8, 7
_NO_GLYPH = "\N{REPLACEMENT CHARACTER}"


def write_pdf(report: Report, file: IO[bytes]) -> int:
    """Write the report and return its number of rows. Reads ``report.rows`` once."""
    document = Document(report)
    number = document.draw()
    file.write(document.output())
    return number


class Document(FPDF):
    def __init__(self, report: Report) -> None:
        super().__init__(orientation="landscape", format="A4")
        self._report = report
        self.set_title(report.title)
        self.set_creation_date(report.made_at)
        self.add_font(_FAMILY, "", _FONTS / "DejaVuSans.ttf")
        self.add_font(_FAMILY, "B", _FONTS / "DejaVuSans-Bold.ttf")
        font = self.fonts[_FAMILY.lower()]
        assert isinstance(font, TTFFont)
        self._glyphs = frozenset(font.cmap)
        self.set_margins(12, 12)
        self.set_auto_page_break(auto=True, margin=16)
        self._in_table = False
        total = sum(column.width for column in report.columns)
        self._widths = [self.epw * column.width / total for column in report.columns]

    def header(self) -> None:
        if self._in_table:
            self._head_of_table()

    def footer(self) -> None:
        self.set_y(-11)
        self.set_font(_FAMILY, "", _SMALL)
        made = f"{self._report.title} · generated {written_time(self._report.made_at)}"
        self.cell(self.epw / 2, 5, self._drawable(made))
        self.cell(self.epw / 2, 5, f"Page {self.page_no()} of {{nb}}", align="R")

    def draw(self) -> int:
        report = self._report
        self.add_page()
        self.set_font(_FAMILY, "B", 14)
        self._paragraph(report.title, 7)
        self.set_font(_FAMILY, "", _SIZE)
        for label, words in report.head[1:]:
            self._paragraph(f"{label}: {self.cell_text(words)}", 4.4)
        self.ln(3)
        self._head_of_table()
        self._in_table = True
        number, is_cut = 0, False
        for row in report.rows:
            if number == MOST_ROWS:
                is_cut = True
                break
            self._row(row, "")
            number += 1
        if number == 0:
            self._paragraph(report.nothing, _LINE_MM)
        for row in report.totals:
            self._row(row, "B")
        self._in_table = False
        if is_cut:
            self.set_font(_FAMILY, "B", _SIZE)
            self._paragraph(cut_off(MOST_ROWS), _LINE_MM)
        return number

    def _paragraph(self, words: str, height: float) -> None:
        drawable = self._drawable(words)
        self.multi_cell(0, height, drawable, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _head_of_table(self) -> None:
        titles = [column.title for column in self._report.columns]
        self._row(titles, "B", border="B")

    def _row(self, cells: Sequence[Cell], style: str, border: str = "") -> None:
        self.set_font(_FAMILY, style, _SMALL)
        for cell, column, width in zip(cells, self._report.columns, self._widths, strict=True):
            words = self.fitting(self.cell_text(cell), width - 2)
            align = "L" if _is_left(column) else "R"
            self.cell(width, _LINE_MM, words, align=align, border=border)
        self.ln(_LINE_MM)

    def cell_text(self, cell: Cell) -> str:
        """If the font cannot draw a name, show the person's id instead."""
        cell = bare(cell)
        if isinstance(cell, Name) and not self._can_draw(str(cell)):
            return self._drawable(cell.public_id)
        return self._drawable(written(cell))

    def _can_draw(self, words: str) -> bool:
        return all(ord(character) in self._glyphs for character in words)

    def _drawable(self, words: str) -> str:
        line = " ".join(words.split())
        return "".join(
            character if ord(character) in self._glyphs else _NO_GLYPH for character in line
        )

    def fitting(self, words: str, width: float) -> str:
        """Cut in the middle, so that both ends of an id stay."""
        if self.get_string_width(words) <= width:
            return words
        kept = max(int(len(words) * width / self.get_string_width(words)) - 1, 2)
        while kept > 2:
            short = words[: kept // 2] + "…" + words[-(kept - kept // 2) :]
            if self.get_string_width(short) <= width:
                return short
            kept -= 1
        return "…"


def _is_left(column: Column) -> bool:
    return column.kind in (Kind.TEXT, Kind.TIME)
