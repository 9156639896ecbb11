"""A report as a CSV, XLSX or PDF file, with its definition, period and totals."""

from config.backoffice.exports.files import FORMATS, Format, export
from config.backoffice.exports.report import (
    Cell,
    Column,
    Flag,
    Kind,
    Linked,
    Money,
    Multiple,
    Name,
    Report,
    Row,
    Share,
    totals_of,
)

__all__ = [
    "FORMATS",
    "Cell",
    "Column",
    "Flag",
    "Format",
    "Kind",
    "Linked",
    "Money",
    "Multiple",
    "Name",
    "Report",
    "Row",
    "Share",
    "export",
    "totals_of",
]
