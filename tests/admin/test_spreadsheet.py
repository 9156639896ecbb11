"""Cells that a spreadsheet would run as formulas are turned into text."""

import pytest

from config.backoffice.spreadsheet import safe_cell


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", "＋", "－", "＠"])
@pytest.mark.parametrize(
    "space", ["", " ", "\u00a0", "\u3000"], ids=["none", "plain", "hard", "wide"]
)
def test_text_that_begins_like_a_formula_is_text(sign: str, space: str) -> None:
    assert safe_cell(f"{space}{sign}1+1") == f"'{space}{sign}1+1"


@pytest.mark.parametrize("text", ["\t=1", "\r=1", "\n=1", "\tword", "\rword", "\nword"])
def test_text_that_begins_with_a_tab_or_a_line_break_is_text(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    "value", ["", "word", "a=b", "2026-11-21T00:00:00Z", -5, 5, 0, None, True, "'=1"]
)
def test_everything_else_stays_as_it_is(value: object) -> None:
    assert safe_cell(value) is value
