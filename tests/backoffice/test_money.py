"""How the back office writes amounts and times."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from config.backoffice.display import ago, moment
from config.backoffice.money import grouped, money_span, plain


@pytest.mark.parametrize(
    ("minor", "exponent", "people", "machines"),
    [
        (123_456, 2, "1,234.56", "1234.56"),
        (-123_456, 2, "−1,234.56", "-1234.56"),
        (0, 2, "0.00", "0.00"),
        (5, 0, "5", "5"),
        (-7, 3, "−0.007", "-0.007"),
        (2**63 - 1, 2, "92,233,720,368,547,758.07", "92233720368547758.07"),
        (10**30, 18, "1,000,000,000,000.000000000000000000", "1000000000000.000000000000000000"),
    ],
)
def test_an_amount_has_all_its_decimals(
    minor: int, exponent: int, people: str, machines: str
) -> None:
    assert grouped(minor, exponent) == people
    assert plain(minor, exponent) == machines


def test_a_sign_is_shown_where_it_is_asked_for() -> None:
    assert grouped(100, 2, signed=True) == "+1.00"
    assert grouped(0, 2, signed=True) == "0.00"
    assert grouped(-100, 2, signed=True) == "−1.00"


def test_minor_units_are_in_the_title_and_zero_is_muted() -> None:
    assert money_span(-100, 2, "<EUR>", signed=True) == (
        '<span class="money down" title="-100 minor units">−1.00 '
        '<span class="code">&lt;EUR&gt;</span></span>'
    )
    assert 'class="money zero"' in money_span(0, 2, "EUR")


def test_a_time_is_in_utc_with_milliseconds_in_the_title() -> None:
    shown = moment(datetime(2026, 1, 2, 1, 35, 23, 4_999, tzinfo=timezone(timedelta(hours=3))))
    assert 'title="2026-01-01 22:35:23.004 UTC"' in shown
    assert '>2026-01-01 22:35:23 <span class="zone">UTC</span>' in shown


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 s"), (59, "59 s"), (60, "1 min"), (7_200, "2 h"), (200_000, "2 d")]
)
def test_an_age_is_said_in_the_largest_unit_that_fits(seconds: int, said: str) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert ago(now - timedelta(seconds=seconds), now) == said
