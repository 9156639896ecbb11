"""The share of operations that are posted together, and which wallets a Zipf load uses."""

from collections import Counter
from itertools import islice

import pytest

from scripts.benchmark.population import SEATS
from scripts.benchmark.probes import Postings, read_postings, share_together
from scripts.benchmark.requests import zipf

EXPOSITION = """# TYPE casino_postings_total counter
casino_postings_total 40.0
casino_postings_together_total 10.0
casino_postings_created 1.7e9
"""


def test_the_counters_are_read_from_the_metrics() -> None:
    assert read_postings(EXPOSITION) == Postings(posted=40, together=10)


def test_a_server_that_does_not_count_says_nothing() -> None:
    assert read_postings("api_replays_total 3.0\n") is None
    assert share_together(None, Postings(40, 10)) is None


@pytest.mark.parametrize(
    ("before", "share"), [(Postings(20, 5), 0.25), (Postings(0, 0), 0.25), (Postings(40, 10), None)]
)
def test_only_what_was_posted_in_between_counts(before: Postings, share: float | None) -> None:
    assert share_together(before, Postings(40, 10)) == share


def test_some_wallets_are_hot_and_the_others_are_not_left_out() -> None:
    drawn = Counter(islice(zipf(SEATS), 20_000))
    [(hottest, times), (second, times_second)] = drawn.most_common(2)
    assert (hottest, second) == SEATS[:2]
    assert 1.6 < times / times_second < 2.5
    assert len(drawn) > 900
