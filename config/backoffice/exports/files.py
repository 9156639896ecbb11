"""Sends a report as a file, which is completed first, so that no transaction waits for a client."""

import hashlib
import re
import tempfile
from collections.abc import Callable
from typing import IO, NamedTuple

from django.http import FileResponse

from config.backoffice.exports.csv_file import write_csv
from config.backoffice.exports.report import Report
from config.backoffice.exports.xlsx_file import write_xlsx

_IN_MEMORY_BYTES = 2**20
_CHUNK_BYTES = 2**16
_NOT_IN_FILE_NAMES = re.compile(r'[/\\:*?"<>|]')


def _write_pdf(report: Report, file: IO[bytes]) -> int:
    # The library, with its fonts and pictures, costs every process half a second to import.
    from config.backoffice.exports.pdf_file import write_pdf  # noqa: PLC0415

    return write_pdf(report, file)


class Format(NamedTuple):
    label: str
    content_type: str
    write: Callable[[Report, IO[bytes]], int]


FORMATS = {
    "csv": Format("CSV", "text/csv; charset=utf-8", write_csv),
    "xlsx": Format(
        "XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", write_xlsx
    ),
    "pdf": Format("PDF", "application/pdf", _write_pdf),
}


class Exported(NamedTuple):
    """``digest`` is the file's SHA-256, to record what was exported."""

    response: FileResponse
    rows: int
    digest: str


def export(report: Report, name: str) -> Exported:
    """Make the file in the format called ``name``. Memory does not grow with the number of rows.

    Raises KeyError if there is no such format.
    """
    chosen = FORMATS[name]
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115 - sent, then closed
    rows = chosen.write(report, file)
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK_BYTES):
        digest.update(chunk)
    size = file.tell()
    file.seek(0)
    stamp = report.made_at.strftime("%Y-%m-%d-%H%M")
    response = FileResponse(
        file,
        as_attachment=True,
        filename=f"{_NOT_IN_FILE_NAMES.sub('-', report.name)}-{stamp}.{name}",
        content_type=chosen.content_type,
    )
    response.headers["Content-Length"] = str(size)
    response.headers["Cache-Control"] = "no-store"
    return Exported(response, rows, digest.hexdigest())
