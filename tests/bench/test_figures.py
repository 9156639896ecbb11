"""Percentiles by nearest rank, and ratios that do not change when the machine slows down."""

import math

import pytest

from scripts.benchmark.figures import middle, paired_ratio, percentile, ratio_interval


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


def test_an_interval_is_two_standard_errors_around_the_mean_ratio() -> None:
    # Ratios 0.9, 1.0, 1.1: the deviation is 0.1, the standard error 0.1 / √3.
    interval = ratio_interval([90, 200, 110], [100, 200, 100])
    assert interval == pytest.approx((1.0, 1 - 0.2 / 3**0.5, 1 + 0.2 / 3**0.5))
    assert ratio_interval([7, 14], [7, 14]) == (1.0, 1.0, 1.0)
    assert ratio_interval([1], [2]) == (0.5, -math.inf, math.inf)


def test_there_is_no_ratio_to_a_pass_in_which_nothing_was_counted() -> None:
    assert ratio_interval([1, 2], [1, 0]) is None
    assert ratio_interval([0, 0], [0, 0]) is None
    assert ratio_interval([0, 0], [1, 2]) == (0, 0, 0)
