"""Makes text safe for a spreadsheet, which runs a cell that looks like a formula.

The rule is OWASP's (CSV injection): a cell that begins with ``= + - @``, a tab or a line break is
a formula to some program; an apostrophe in front makes it text again. Leading white space hides
the sign from us, but not from every program; so do the wide signs of an East Asian keyboard.
"""

from typing import Any

_FORMULA_SIGNS = tuple("=+-@＝＋－＠")
_LINE_SIGNS = ("\t", "\r", "\n")


def safe_cell(value: Any) -> Any:
    """Return ``value``, with an apostrophe in front if it is text that may run.

    Numbers stay as they are: a negative amount is no formula.
    """
    if not isinstance(value, str):
        return value
    if value.startswith(_LINE_SIGNS) or value.lstrip().startswith(_FORMULA_SIGNS):
        return f"'{value}"
    return value
