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

from config.books import is_here
from tests import casino_world
from tests.servers import Server

ROUTER = os.environ.get("ROUTER", "")
LOOKS_INTO_THIS_PROCESS = frozenset({"settings", "monkeypatch", "caplog", "tmp_path"})
"""Tests with these fixtures send to this process, like those that lock rows or cut connections."""
MOVEMENT, NO_MOVEMENT = (9, 6) if settings.BOOK else (5, 4)
"""The number of statements of a transaction that moves money (BEGIN, lock, look-up, write, COMMIT),
and of one that does not (ROLLBACK instead of the last two). In a book, reading past Citus takes two
more, and writing takes three instead of one."""
NOT_IN_A_BOOK = {
    "tests/api/callbacks/test_transactions_feed_pages.py::test_a_window_walks": (
        "it reads PostgreSQL's plan, and Citus's is another"
    ),
    "tests/races/test_written_before.py::test_a_scripted": (
        "it takes the casino's database away, and the provider has its own there"
    ),
    "tests/races/test_written_before.py::test_a_spin": (
        "it takes the casino's database away, and the provider has its own there"
    ),
    "tests/races/test_read_only_database.py::test_sign": "staff sign in at the coordinator",
    "tests/races/test_silent_database.py::test_connections_that_died_meanwhile_cost_nobody_an_answer"
    "[sign in]": "staff sign in at the coordinator",
}
"""Why tests are skipped, by the beginning of their ids."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not settings.BOOK:
        return
    for item in items:
        for begins, reason in NOT_IN_A_BOOK.items():
            if item.nodeid.startswith(begins):
                item.add_marker(pytest.mark.skip(reason=f"not in a book: {reason}"))


def require_here(player_id: str) -> None:
    """Skip a test whose player belongs to another book, where it runs too."""
    if not is_here(player_id):
        pytest.skip("its player belongs to another book, where this test runs too")


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
