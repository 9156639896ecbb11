"""Percentiles by nearest rank, and ratios that do not change when the machine slows down."""

import pytest

from scripts.benchmark.figures import middle, paired_ratio, percentile


def test_a_percentile_is_a_value_that_was_measured() -> None:
    hundred = list(range(1, 101))
    assert [percentile(hundred, percent) for percent in (50, 95, 99, 100)] == [50, 95, 99, 100]
    assert percentile([7], 50) == percentile([7], 99) == 7
    assert percentile([1, 2, 3, 4], 50) == 2
    assert percentile([1, 2, 3, 4], 51) == 3
    assert percentile(hundred, 0) == 1


def test_of_nothing_there_is_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)


def test_ratios_are_taken_pass_by_pass() -> None:
    # The machine is half as fast in the second pass; the ratio stays the same.
    assert paired_ratio([300, 150, 300], [1_000, 500, 1_000]) == pytest.approx(0.3)
    assert middle([1, 100, 3]) == 3


def test_a_ratio_needs_as_many_of_both() -> None:
    with pytest.raises(ValueError, match="zip"):
        paired_ratio([1, 2], [1])
