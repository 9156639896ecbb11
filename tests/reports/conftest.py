"""Reports are about the whole ledger, including what other tests left in its tables."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from casino.reports import summary
from casino.reports.period import Period


@pytest.fixture
def today() -> Period:
    return Period.ending(datetime.now(UTC).date(), 1)


@pytest.fixture
def few_days() -> Period:
    """Today and the days around it, in case midnight passes during the test."""
    today = datetime.now(UTC).date()
    return Period(today - timedelta(days=2), today + timedelta(days=2))


@pytest.fixture(params=["nothing summarised", "all but a tail summarised", "all summarised"])
def summarised(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run the test with different parts of the ledger summarised: the answers must be the same."""
    summary.start_again()
    if request.param != "nothing summarised":
        monkeypatch.setattr(summary, "SETTLED_AFTER", timedelta(seconds=-5))
        if request.param == "all but a tail summarised":
            monkeypatch.setattr(summary, "CHUNK", 3)
    yield
    summary.start_again()


def add_up() -> None:
    """Summarise what was played, as far as the fixture says."""
    now = datetime.now(UTC)
    if timedelta(0) > summary.SETTLED_AFTER:
        summary.catch_up(now=now, most_chunks=2 if summary.CHUNK == 3 else None)
