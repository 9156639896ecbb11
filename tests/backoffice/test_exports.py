"""Reports as files are exact, harmless to a spreadsheet, and say where they were cut off."""

import csv
import io
import re
import tracemalloc
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from config.backoffice.exports import (
    Column,
    Kind,
    Money,
    Name,
    Report,
    Share,
    csv_file,
    export,
    pdf_file,
    xlsx_file,
)
from config.backoffice.exports.report import Multiple, Row, totals_of
from config.backoffice.spreadsheet import safe_cell

MADE = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
COLUMNS = (
    Column("Player"),
    Column("Rounds", Kind.WHOLE),
    Column("GGR", Kind.MONEY),
    Column("RTP", Kind.SHARE),
    Column("When", Kind.TIME, 20),
)


def report(rows: Iterable[Row], **fields: Any) -> Report:
    return Report(
        **{
            "title": "Gross gaming revenue",
            "name": "ggr",
            "definition": "GGR is turnover less payouts.",
            "period": "2026-03-01 to 2026-03-03",
            "filters": (("Game", "=1+1"),),
            "made_at": MADE,
            "columns": COLUMNS,
            "rows": rows,
            "totals": [("Total", 3, Money(-5, 2, "EUR"), Share(1, 3), None)],
            **fields,
        }
    )


def exported(made: Report, name: str) -> bytes:
    response = export(made, name).response
    content = b"".join(response)  # type: ignore[arg-type]
    response.close()
    assert int(response.headers["Content-Length"]) == len(content)
    return content


def as_csv(made: Report) -> list[list[str]]:
    text = exported(made, "csv").decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def as_xlsx(made: Report) -> list[list[str]]:
    """The cells of the sheet as they are stored, with their types: ``s:text`` or ``n:number``."""
    archive = zipfile.ZipFile(io.BytesIO(exported(made, "xlsx")))
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    sheet = ET.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    assert not list(sheet.iter(f"{space}f")), "the sheet has formulas"
    return [[_stored(cell, space) for cell in row] for row in sheet.iter(f"{space}row")]


def _stored(cell: ET.Element, space: str) -> str:
    kind = "s" if cell.attrib.get("t") == "inlineStr" else "n"
    found = next(cell.iter(f"{space}t" if kind == "s" else f"{space}v"))
    return f"{kind}:{found.text}"


ROWS: list[Row] = [
    (Name("Ada", "p-1"), 1, Money(123_456, 2, "EUR"), Share(96, 100), MADE),
    (Name("", "p-2"), 2, Money(-7, 3, "KWD"), Share(1, 0), None),
]


def test_csv_has_the_head_the_rows_and_the_totals() -> None:
    assert as_csv(report(ROWS)) == [
        ["Report", "Gross gaming revenue"],
        ["Period", "2026-03-01 to 2026-03-03"],
        ["Game", "'=1+1"],
        ["Definition", "GGR is turnover less payouts."],
        ["Generated", "2026-03-04 05:06:07 UTC"],
        [],
        ["Player", "Rounds", "GGR", "RTP", "When"],
        ["Ada", "1", "1234.56", "96.00", "2026-03-04 05:06:07 UTC"],
        ["p-2", "2", "-0.007", "", ""],
        ["Total", "3", "-0.05", "33.33", ""],
    ]


def test_xlsx_has_numbers_as_numbers_and_text_as_text() -> None:
    rows = as_xlsx(report(ROWS))
    assert rows[2] == ["s:Game", "s:=1+1"]
    assert rows[6][:4] == ["s:Ada", "n:1", "n:1234.56", "n:0.96"]
    assert rows[7] == ["s:p-2", "n:2", "n:-0.007"]
    assert rows[8] == ["s:Total", "n:3", "n:-0.05", "n:0.3333"]


def test_an_amount_that_excel_would_round_is_text() -> None:
    most = Money(2**63 - 1, 2, "EUR")
    (row,) = [each for each in as_xlsx(report([("a", 1, most, None, None)])) if each[0] == "s:a"]
    assert row[2] == "s:92233720368547758.07"


@pytest.mark.parametrize("name", ["csv", "xlsx", "pdf"])
def test_a_report_without_rows_says_so(name: str) -> None:
    content = exported(report([]), name)
    if name == "csv":
        assert b"No activity" in content
    elif name == "xlsx":
        assert ["s:No activity"] in as_xlsx(report([]))
    else:
        assert content.startswith(b"%PDF")


@pytest.mark.parametrize(
    "words",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\n=1", "\x0b=1", "＝1", "=cmd|' /C"],
)
def test_text_that_could_be_a_formula_is_made_harmless(words: str) -> None:
    assert safe_cell(words) == f"'{words}"
    assert as_csv(report([(words, 1, None, None, None)]))[7][0].startswith("'")


@pytest.mark.parametrize("words", ["Ada", "1", "a=b", "", " a", "'=1"])
def test_other_text_is_left_alone(words: str) -> None:
    assert safe_cell(words) == words


@pytest.mark.parametrize(("name", "module"), [("csv", csv_file), ("xlsx", xlsx_file)])
def test_a_file_that_is_cut_off_says_so(
    monkeypatch: pytest.MonkeyPatch, name: str, module: Any
) -> None:
    monkeypatch.setattr(module, "MOST_ROWS", 2)
    rows: list[Row] = [(f"p-{number}", number, None, None, None) for number in range(3)]
    read = as_csv if name == "csv" else as_xlsx
    assert "Cut off after 2 rows: there are more." in read(report(rows))[-1][0]
    assert "Cut off" not in read(report(rows[:2]))[-1][0]
    assert export(report(rows), name).rows == 2


def pages_of(content: bytes) -> list[str]:
    """One item for each page of a PDF."""
    return re.findall(rb"/Type /Page\b", content)  # type: ignore[return-value]


def test_a_pdf_has_as_many_pages_as_it_needs() -> None:
    rows: list[Row] = [(f"p-{number}", number, None, None, None) for number in range(100)]
    assert len(pages_of(exported(report(rows), "pdf"))) == 4
    assert len(pages_of(exported(report(rows[:5]), "pdf"))) == 1


def test_a_pdf_tells_a_name_it_cannot_draw_by_the_players_id() -> None:
    document = pdf_file.Document(report([]))
    assert document.cell_text(Name("Zoë Ångström Ωμέγα Жанна", "p-1")) == "Zoë Ångström Ωμέγα Жанна"
    assert document.cell_text(Name("米沢富美子", "player-jpy")) == "player-jpy"
    assert document.cell_text("米沢") == "\ufffd\ufffd"


def test_a_pdf_cuts_an_id_in_its_middle() -> None:
    document = pdf_file.Document(report([]))
    document.set_font("DejaVu", "", 7)
    short = document.fitting("run-12c4b5de80214c6da012a1cc4e89b286:b1", 20)
    assert short.startswith("run-")
    assert short.endswith(":b1")
    assert "…" in short
    assert document.get_string_width(short) <= 20
    assert document.fitting("wide", 1) == "…"


def test_a_pdf_that_is_cut_off_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_file, "MOST_ROWS", 2)
    said: list[str] = []
    draw = pdf_file.Document.multi_cell

    def heard(self: Any, width: float, height: float, words: str, **options: Any) -> Any:
        said.append(words)
        return draw(self, width, height, words, **options)

    monkeypatch.setattr(pdf_file.Document, "multi_cell", heard)
    rows: list[Row] = [(f"p-{number}", number, None, None, None) for number in range(3)]
    assert export(report(rows[:2]), "pdf").rows == 2
    assert not any("Cut off" in words for words in said)
    assert export(report(rows), "pdf").rows == 2
    assert said[-1].startswith("Cut off after 2 rows: there are more.")


def test_memory_does_not_grow_with_the_rows() -> None:
    def peak(number: int, name: str) -> int:
        rows = ((f"p-{n}", n, Money(n, 2, "EUR"), None, MADE) for n in range(number))
        tracemalloc.start()
        export(report(rows), name).response.close()
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    for name in ("csv", "xlsx"):
        peak(100, name)
        assert peak(6_000, name) < peak(2_000, name) + 2**20, name


def test_a_share_is_rounded_to_hundredths_of_a_percent() -> None:
    shares = (Share(1, 3), Share(2, 3), Share(-1, 3), Share(24, 25), Share(5, 0), Share(0, 5))
    assert [str(share) for share in shares] == [
        "33.33 %", "66.67 %", "−33.33 %", "96.00 %", "", "0.00 %",
    ]  # fmt: skip


def test_totals_are_made_per_currency() -> None:
    columns = (
        Column("Game"), Column("Currency"), Column("Bets", Kind.WHOLE), Column("GGR", Kind.MONEY),
        Column("RTP", Kind.SHARE, has_total=True), Column("Declared", Kind.SHARE),
    )  # fmt: skip
    rows: list[Row] = [
        ("a", "USD", 1, Money(10, 2, "USD"), Share(1, 2), Share(1, 1)),
        ("b", "EUR", 2, Money(20, 2, "EUR"), Share(3, 4), None),
        ("c", "EUR", 3, None, Share(1, 4), Share(1, 1)),
        ("d", "EUR", 4, Money(-5, 2, "EUR"), Share(0, 0), None),
    ]
    assert totals_of(rows, columns, currency=1) == [
        ["Total", "EUR", 9, Money(15, 2, "EUR"), Share(4, 8), None],
        ["Total", "USD", 1, Money(10, 2, "USD"), Share(1, 2), None],
    ]
    assert totals_of([], columns, currency=1) == []


@pytest.mark.parametrize(
    ("part", "whole", "words"), [(625, 50, "× 12.50"), (1, 3, "× 0.33"), (1, 0, "")]
)
def test_a_multiple_is_written_with_two_decimals(part: int, whole: int, words: str) -> None:
    assert str(Multiple(part, whole)) == words


def test_the_name_of_a_file_holds_the_whole_id() -> None:
    """The id of a player may have any visible characters."""
    response = export(report([], name='statement-a/b\\c"d'), "csv").response
    response.close()
    assert 'filename="statement-a-b-c-d-' in response.headers["Content-Disposition"]


def test_a_multiple_is_a_number_in_files() -> None:
    rows: list[Row] = [("multiple", 1, None, Multiple(625, 50), None)]
    assert as_csv(report(rows))[7][:4] == ["multiple", "1", "", "12.50"]
    (row,) = [each for each in as_xlsx(report(rows)) if each[0] == "s:multiple"]
    assert row == ["s:multiple", "n:1", "n:12.5"]
