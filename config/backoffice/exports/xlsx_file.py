"""Reports as Excel workbooks, written row by row, so that memory does not grow with the rows."""

from datetime import UTC, datetime
from typing import IO, Any

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

MOST_ROWS = 1_000_000
"""Excel allows 1,048,576 rows, including the head and the totals."""

_MOST_DIGITS = 15
"""A number in Excel has no more digits. Longer amounts are written as text to stay exact."""

_LONGEST_TEXT = 32_767


def write_xlsx(report: Report, file: IO[bytes]) -> int:
    """Write the report and return its number of rows. Reads ``report.rows`` once."""
    import xlsxwriter  # noqa: PLC0415 - few processes write a workbook, and it takes long to load

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": "yyyy-mm-dd hh:mm:ss",
    }
    with xlsxwriter.Workbook(file, options) as workbook:
        return _Sheet(workbook, report).write()


class _Sheet:
    def __init__(self, workbook: Any, report: Report) -> None:
        self._report = report
        self._workbook = workbook
        self._sheet = workbook.add_worksheet("Report")
        self._formats: dict[tuple[str, bool], Any] = {}
        self._line = 0
        for number, column in enumerate(report.columns):
            self._sheet.set_column(number, number, max(column.width, len(column.title)) + 2)
        self._sheet.set_landscape()
        self._sheet.fit_to_pages(1, 0)
        self._sheet.set_footer("&L&A&RPage &P of &N")

    def write(self) -> int:
        report = self._report
        for label, words in report.head:
            self._row([label, words], bold=False)
        self._line += 1
        self._sheet.repeat_rows(self._line)
        self._row([column.title for column in report.columns], bold=True)
        number, is_cut = 0, False
        for row in report.rows:
            if number == MOST_ROWS:
                is_cut = True
                break
            self._row(row, bold=False)
            number += 1
        if number == 0:
            self._row([report.nothing], bold=False)
        for row in report.totals:
            self._row(row, bold=True)
        if is_cut:
            self._row([cut_off(MOST_ROWS)], bold=True)
        return number

    def _row(self, cells: Any, *, bold: bool) -> None:
        for number, cell in enumerate(cells):
            self._cell(number, cell, bold=bold)
        self._line += 1

    def _cell(self, number: int, cell: Cell, *, bold: bool) -> None:
        place = (self._line, number)
        match bare(cell):
            case None:
                return
            case Money(minor, exponent):
                shape = "#,##0" + (f".{'0' * exponent}" if exponent else "")
                self._number(place, plain(minor, exponent), shape, bold=bold)
            case Share() | Multiple() as ratio:
                if ratio.hundredths is not None:
                    is_share = isinstance(ratio, Share)
                    decimals, shape = (4, "0.00%") if is_share else (2, '"× "#,##0.00')
                    self._number(place, plain(ratio.hundredths, decimals), shape, bold=bold)
            case datetime() as moment:
                at = moment.astimezone(UTC).replace(tzinfo=None)
                self._sheet.write_datetime(*place, at, self._format("yyyy-mm-dd hh:mm:ss", bold))
            case int() as number_:
                self._number(place, str(number_), "#,##0", bold=bold)
            case other:
                words = written(other)[:_LONGEST_TEXT]
                self._sheet.write_string(*place, words, self._format("", bold))

    def _number(self, place: tuple[int, int], digits: str, shape: str, *, bold: bool) -> None:
        if len(digits.lstrip("-").replace(".", "").lstrip("0")) > _MOST_DIGITS:
            self._sheet.write_string(*place, digits, self._format("@", bold))
        else:
            self._sheet.write_number(*place, float(digits), self._format(shape, bold))

    def _format(self, shape: str, bold: bool) -> Any:
        if (shape, bold) not in self._formats:
            form = self._workbook.add_format({"bold": bold})
            if shape:
                form.set_num_format(shape)
            self._formats[shape, bold] = form
        return self._formats[shape, bold]
