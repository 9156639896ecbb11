"""Pure: what a list of measurements says."""

import math
from collections.abc import Sequence
from statistics import median

Numbers = Sequence[float]


def percentile(ascending: Numbers, percent: float) -> float:
    """The smallest value that ``percent`` of all values do not exceed (nearest rank)."""
    if not ascending:
        raise ValueError("no values")
    return ascending[max(0, math.ceil(len(ascending) * percent / 100) - 1)]


def middle(values: Numbers) -> float:
    return median(values)


def paired_ratio(these: Numbers, those: Numbers) -> float:
    """How many times ``those`` ``these`` are, pass by pass: what drifted hit both of a pair."""
    return median(one / other for one, other in zip(these, those, strict=True))
