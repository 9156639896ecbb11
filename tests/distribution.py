"""Which worker runs which tests, when several run them at the same time.

A file's tests stay together, because they share servers and browsers that take seconds to start.
So do the files that share a deployment. The longest ones begin first, so that no worker is
left with one at the end.
"""

from typing import Any

import pytest

TOGETHER = {
    "two services": (
        "tests/end_to_end/test_demo_data.py",
        "tests/end_to_end/test_killed.py",
        "tests/end_to_end/test_provider_requests.py",
        "tests/end_to_end/test_reconcile.py",
        "tests/end_to_end/test_simulate_round.py",
        "tests/security/test_session_tokens.py",
    ),
    "a primary and its standby": (
        "tests/faults/test_replica.py",
        "tests/faults/test_replica_pages.py",
    ),
    "books": (
        "tests/books/test_all_books.py",
        "tests/books/test_backoffice.py",
        "tests/books/test_books.py",
        "tests/books/test_routing.py",
    ),
    "a demo": (
        "tests/backoffice/test_in_browser.py",
        "tests/docs/",
    ),
}
"""Files and folders whose tests share something that each worker makes once."""

LONGEST = (
    "tests/schema_fuzz/test_every_operation.py",
    "tests/faults/",
    "tests/end_to_end/",
    "tests/books/",
    "tests/oracle/",
    "tests/certification/",
    "tests/docs/",
    "tests/backoffice/test_in_browser.py",
    "tests/races/",
    "tests/setup/",
    "tests/provider/play/",
)
"""Files and folders that take long; these begin first, in this order."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _place(item.nodeid))


def _place(nodeid: str) -> int:
    places = (place for place, path in enumerate(LONGEST) if nodeid.startswith(path))
    return next(places, len(LONGEST))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """One unit of work for each file, or for the files that belong together."""
    from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415 - only there if it is used

    class InUnits(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return unit_of(nodeid)

    config.option.loadscopereorder = False  # it orders by the number of tests
    return InUnits(config, log)


def unit_of(nodeid: str) -> str:
    for name, paths in TOGETHER.items():
        if nodeid.startswith(paths):
            return name
    return nodeid.partition("::")[0]
