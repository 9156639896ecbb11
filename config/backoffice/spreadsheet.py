"""Makes text safe for a spreadsheet, which would run a cell that looks like a formula.

The rule is OWASP's (CSV injection): some programs treat a cell that starts with ``= + - @``, a tab
or a line break as a formula. An apostrophe in front makes it text again. Some programs also ignore
leading white space or accept the wide signs of an East Asian keyboard, so we handle both.
"""

from typing import Any

_FORMULA_SIGNS = tuple("=+-@＝＋－＠")
_LINE_SIGNS = ("\t", "\r", "\n")


def safe_cell(value: Any) -> Any:
    """Return ``value``, with an apostrophe in front if it is text that could run.

    Numbers stay as they are: a negative amount is not a formula.
    """
    if not isinstance(value, str):
        return value
    if value.startswith(_LINE_SIGNS) or value.replace("\0", "").lstrip().startswith(_FORMULA_SIGNS):
        return f"'{value}"
    return value
