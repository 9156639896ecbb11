"""Major to minor units and back, exactly."""

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casino.ledger.money import LARGEST_AMOUNT, NotAnAmount, to_major, to_minor

exponents = st.integers(min_value=0, max_value=18)
amounts = st.integers(min_value=0, max_value=LARGEST_AMOUNT)


@pytest.mark.parametrize(
    ("text", "exponent", "minor"),
    [
        ("10", 2, 1_000),
        ("10.5", 2, 1_050),
        ("10.50", 2, 1_050),
        ("0.01", 2, 1),
        ("0", 2, 0),
        ("0.00", 2, 0),
        ("00010.50", 2, 1_050),
        ("1", 0, 1),
        ("1.234", 3, 1_234),
        ("0.1", 18, 10**17),
        ("92233720368547758.07", 2, LARGEST_AMOUNT),
        ("9223372036854775807", 0, LARGEST_AMOUNT),
        ("9.223372036854775807", 18, LARGEST_AMOUNT),
        ("0" * 5_000 + "1", 0, 1),
        # A float would spoil these.
        ("0.29", 2, 29),
        ("1.15", 2, 115),
        ("90071992547409.93", 2, 9_007_199_254_740_993),
    ],
)
def test_a_plain_decimal_is_read_exactly(text: str, exponent: int, minor: int) -> None:
    assert to_minor(text, exponent) == minor


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        " 1",
        "1 ",
        "1\n",
        "+1",
        "1.",
        ".5",
        ".",
        "1..2",
        "1.2.3",
        "1,5",
        "1,000.00",
        "1_000",
        "1e2",
        "1E2",
        "0x10",
        "NaN",
        "Infinity",
        "inf",
        "٣",
        "\uff11",
        "1\0",
        "½",
        "EUR 1",
        "1€",
        "one",
    ],
)
def test_what_is_no_plain_decimal_is_refused(text: str) -> None:
    with pytest.raises(NotAnAmount, match="plain decimal number"):
        to_minor(text, 2)


@pytest.mark.parametrize("text", ["-1", "-0", "-10.50"])
def test_a_negative_amount_is_called_negative(text: str) -> None:
    with pytest.raises(NotAnAmount, match="must not be negative"):
        to_minor(text, 2)


@pytest.mark.parametrize(
    ("text", "exponent"), [("1.001", 2), ("1.000", 2), ("1.0", 0), ("0." + "0" * 19, 18)]
)
def test_decimals_past_the_exponent_are_refused_not_rounded(text: str, exponent: int) -> None:
    with pytest.raises(NotAnAmount, match=f"at most {exponent} decimals"):
        to_minor(text, exponent)


@pytest.mark.parametrize(
    ("text", "exponent"),
    [
        ("92233720368547758.08", 2),
        ("9223372036854775808", 0),
        ("9.223372036854775808", 18),
        ("10000000000000000000", 0),
        ("9" * 1_000_000, 2),
    ],
)
def test_more_than_any_amount_is_refused(text: str, exponent: int) -> None:
    with pytest.raises(NotAnAmount, match="larger than any amount"):
        to_minor(text, exponent)


@pytest.mark.parametrize(
    ("minor", "exponent", "text"),
    [
        (99_000, 2, "990.00"),
        (1, 2, "0.01"),
        (0, 2, "0.00"),
        (0, 0, "0"),
        (7, 0, "7"),
        (1_234, 3, "1.234"),
        (LARGEST_AMOUNT, 2, "92233720368547758.07"),
        (1, 18, "0.000000000000000001"),
        (-150, 2, "-1.50"),
    ],
)
def test_minor_units_are_written_with_all_their_decimals(
    minor: int, exponent: int, text: str
) -> None:
    assert to_major(minor, exponent) == text


@given(amounts, exponents)
def test_what_is_written_reads_back_as_it_was(minor: int, exponent: int) -> None:
    assert to_minor(to_major(minor, exponent), exponent) == minor


@given(amounts, exponents)
def test_what_is_written_is_the_amount(minor: int, exponent: int) -> None:
    text = to_major(minor, exponent)

    assert Decimal(text) * 10**exponent == minor
    assert len(text.partition(".")[2]) == exponent


@given(st.from_regex(r"[0-9]{1,25}(\.[0-9]{1,20})?", fullmatch=True), exponents)
def test_a_decimal_is_read_as_it_says_or_refused(text: str, exponent: int) -> None:
    exact = Decimal(text).scaleb(exponent)
    try:
        assert to_minor(text, exponent) == exact
    except NotAnAmount:
        assert exact > LARGEST_AMOUNT or len(text.partition(".")[2]) > exponent


@given(st.text(), exponents)
def test_any_text_is_an_amount_or_refused(text: str, exponent: int) -> None:
    with contextlib.suppress(NotAnAmount):
        assert 0 <= to_minor(text, exponent) <= LARGEST_AMOUNT
