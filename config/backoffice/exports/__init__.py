"""A report as a file: CSV, XLSX or PDF, each with its definition, period, totals and end."""

from config.backoffice.exports.files import FORMATS, Format, export
from config.backoffice.exports.report import Cell, Column, Kind, Money, Name, Report, Share

__all__ = [
    "FORMATS",
    "Cell",
    "Column",
    "Format",
    "Kind",
    "Money",
    "Name",
    "Report",
    "Share",
    "export",
]
