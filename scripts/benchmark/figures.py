"""Pure functions that summarise lists of measurements."""

import math
from collections.abc import Sequence
from statistics import mean, median, stdev
from typing import NamedTuple

Numbers = Sequence[float]


def percentile(ascending: Numbers, percent: float) -> float:
    """The smallest value that is at least as large as ``percent`` of all values (nearest rank)."""
    if not ascending:
        raise ValueError("no values")
    return ascending[max(0, math.ceil(len(ascending) * percent / 100) - 1)]


def middle(values: Numbers) -> float:
    return median(values)


def paired_ratio(these: Numbers, those: Numbers) -> float:
    """The median of ``these`` / ``those``, pass by pass: drift affects both of a pair."""
    return median(one / other for one, other in zip(these, those, strict=True))


class Interval(NamedTuple):
    """The mean of some values, and two standard errors below and above it."""

    mean: float
    low: float
    high: float


def ratio_interval(these: Numbers, those: Numbers) -> Interval | None:
    """Of ``these`` / ``those``, pass by pass. One pass says nothing: its interval is infinite.

    None if one of ``those`` is 0, as the CPU time of a pass shorter than a clock tick can be.
    """
    if not all(those):
        return None
    ratios = [one / other for one, other in zip(these, those, strict=True)]
    middle = mean(ratios)
    margin = 2 * stdev(ratios) / math.sqrt(len(ratios)) if len(ratios) > 1 else math.inf
    return Interval(middle, middle - margin, middle + margin)
