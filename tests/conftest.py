"""The tests' database, and what every test may use.

Tests really commit: locks, races and the append-only ledger cannot be shown within one transaction
that is rolled back. The database is never cleaned between tests (the ledger refuses DELETE and
TRUNCATE), so every test makes its own players, games and providers.
"""

import gc
import os
from collections.abc import Generator, Iterator
from contextlib import ExitStack

import pytest
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connections

from casino.ledger.audit import breaks
from tests.casino_world import Play, make_play, wallets_in_play
from tests.databases import drop_databases, make_databases
from tests.once import folder_of_this_run
from tests.servers import Server, logs_of_running, serving

pytest_plugins = [
    "tests.reliability",
    "tests.clusters",
    "tests.in_book",
    "tests.books.deployment",
    "tests.distribution",
    "tests.certification.table",
    "tests.demo",
]


gc.disable()  # collecting tests makes no garbage, and looking for it doubles the time


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # a worker uses the folder of its parent
        made = ExitStack()
        made.enter_context(folder_of_this_run())
        config.add_cleanup(made.close)


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)  # as in a server
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def database(
    django_test_environment: None,
    django_db_modify_db_settings: None,
    django_db_keepdb: bool,
    django_db_createdb: bool,
    django_db_blocker: pytest.FixtureRequest,
) -> Iterator[None]:
    """Test databases for this run, open to every test; what tests write stays.

    pytest-django makes only the databases that its marks ask for, and rolls back or truncates what
    a marked test wrote; without marks, tests would use the real database.

    In a book, the database was made before (``tests/books/test_citus.py``).
    """
    if settings.BOOK:
        with django_db_blocker.unblock():  # type: ignore[attr-defined]
            yield
            connections.close_all()
        return
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        made = make_databases(keepdb=django_db_keepdb and not django_db_createdb)
        yield
        connections.close_all()
        if not django_db_keepdb:
            drop_databases(made)


@pytest.fixture(scope="session", autouse=True)
def no_rate_limits() -> None:
    """Tests may send any number of requests, also to servers they start, unless they set a rate."""
    for family in settings.RATE_LIMITS:
        os.environ[f"RATE_LIMIT_{family.upper()}"] = ""
    settings.RATE_LIMITS = {}


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> None:
    """With a million rounds per password, hashing would take most of a test's time.

    The hash contains the number of rounds, so servers that tests start can check it.
    """
    PBKDF2PasswordHasher.iterations = 1_000


@pytest.fixture(scope="session", autouse=True)
def one_key_for_secrets() -> None:
    """Servers that tests start can read the secrets that tests store, whatever their SECRET_KEY."""
    os.environ["SECRETS_KEY"] = settings.SECRETS_KEYS[0]


@pytest.fixture
def play() -> Play:
    """A player in an active session with 1,000.00 in the wallet."""
    return make_play()


@pytest.fixture(autouse=True)
def audited(database: None) -> Iterator[None]:
    """Audit the wallets of all the sessions that a test made, after the test."""
    wallets_in_play.clear()
    yield
    if wallets_in_play:
        assert list(breaks(wallet_pks=list(wallets_in_play))) == []


@pytest.fixture(scope="session")
def two_servers(
    database: None, no_rate_limits: None, one_key_for_secrets: None, router: Server | None
) -> Iterator[tuple[Server, Server]]:
    """Two casinos as separate processes on the test database. Leave them running.

    In a book they are behind the router.
    """
    if router:
        yield router, router
        return
    # On a slow machine, fifty requests for the same wallet wait long for each other.
    patience = {"LOCK_TIMEOUT_MS": "20000", "STATEMENT_TIMEOUT_MS": "30000"}
    with serving(**patience) as one, serving(**patience) as other:
        yield one, other


@pytest.fixture(scope="session")
def server(two_servers: tuple[Server, Server]) -> Server:
    return two_servers[0]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to a failed test's report what the servers logged during the test."""
    report = yield
    if report.when == "call":
        logs = list(logs_of_running())
        if report.failed:
            report.sections += logs
    return report
