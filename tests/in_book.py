"""Runs the other tests in a book, through the router and the processes that serve the books.

`BOOK` and `DATABASE_URL` name the book and its node, and `ROUTER` the router's address. Whatever
tests make belongs to players of this book, and what they send to the casino goes to the router. A
test that changes or watches this process sends to this process, whose tables are the book's too.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests import casino_world
from tests.servers import Server

ROUTER = os.environ.get("ROUTER", "")
LOOKS_INTO_THIS_PROCESS = frozenset({"settings", "monkeypatch", "caplog", "tmp_path"})
"""Fixtures of tests that send to this process. So do those that hold a lock or cut a connection."""
NOT_IN_A_BOOK = {
    "tests/api/wallets/test_demo_users.py": "its players belong to several books",
    "tests/api/callbacks/test_statements.py": "a debit has three statements more there",
    "tests/api/events/test_statements.py": "a debit has three statements more there",
    "tests/api/wallets/test_statements.py": "a debit has three statements more there",
    "tests/api/callbacks/test_transactions_feed_pages.py::test_a_window_walks": "Citus plans it",
    "tests/api/events/test_wallet.py::test_any_visible": "its players belong to several books",
    "tests/api/events/test_wallet.py::test_what_is_no_player": "its player is of another book",
    "tests/api/frontend/test_launch_game.py::test_who_or": "its player is of another book",
    "tests/api/frontend/test_simulate_round.py::test_who_or": "its player is of another book",
    "tests/api/wallets/test_funds.py::test_what_is_unknown": "its player is of another book",
    "tests/api/wallets/test_access.py::test_it_lets_a_key": "its player is of another book",
    "tests/api/wallets/test_assets.py::test_an_asset_that": "its player is of another book",
    "tests/races/test_written_before.py::test_a_scripted": "the provider's database is another",
    "tests/races/test_written_before.py::test_a_spin": "the provider's database is another",
    "tests/races/test_read_only_database.py::test_sign": "staff sign in at the coordinator",
    "tests/races/test_silent_database.py": "staff sign in at the coordinator",
}
"""By the beginning of their ids, why tests are skipped."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not settings.BOOK:
        return
    for item in items:
        for begins, reason in NOT_IN_A_BOOK.items():
            if item.nodeid.startswith(begins):
                item.add_marker(pytest.mark.skip(reason=f"not in a book: {reason}"))


@pytest.fixture(scope="session")
def router() -> Server | None:
    """Where requests go, if this run has a router."""
    return Server(ROUTER, None, Path(os.devnull)) if ROUTER else None


@pytest.fixture(autouse=True)
def sends_to_the_router(request: pytest.FixtureRequest, router: Server | None) -> Iterator[None]:
    in_process = LOOKS_INTO_THIS_PROCESS.intersection(request.fixturenames) or {
        "held",
        "relaying",
    }.intersection(vars(request.module))
    casino_world.served_by = None if in_process else router
    yield
    casino_world.served_by = None
