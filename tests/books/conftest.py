"""Two books in a database of their own, one process for each, and HAProxy in front of them."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from config.books import name_of, number_of
from tests.casino_world import Answer
from tests.processes import manage
from tests.servers import Server, database_url, free_port, serving

NUMBER_OF_BOOKS = 2


@dataclass(frozen=True)
class Books:
    """The books, each with its process. ``router`` is HAProxy's address."""

    url: str
    servers: tuple[Server, ...]
    router: Server

    def command(self, *arguments: str, book: str = "") -> subprocess.CompletedProcess[str]:
        return run(self.url, *arguments, book=book)

    def execute(self, sql: str, *parameters: object) -> list[tuple[object, ...]]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(sql.encode(), parameters)
            return cursor.fetchall() if cursor.description else []

    def get(self, path: str, *, book: int = 0) -> Answer:
        """Ask the router, or the process of the book with this number."""
        server = self.servers[book - 1] if book else self.router
        return server.request("GET", path)


def run(url: str, *arguments: str, book: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command of manage.py on a database."""
    return manage(
        *arguments,
        timeout=400,
        DATABASE_URL=url,
        PROVIDER_DATABASE_URL="",
        SERVICES="casino",
        BOOK=book,
    )


def player_of(number: int, prefix: str = "player") -> str:
    """A player id that belongs to the book with this number."""
    candidates = (f"{prefix}-{each}" for each in range(1000))
    return next(each for each in candidates if number_of(each, NUMBER_OF_BOOKS) == number)


@contextlib.contextmanager
def new_database(name: str) -> Iterator[str]:
    with psycopg.connect(database_url("postgres"), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield database_url(name)
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(scope="session")
def books(database: None) -> Iterator[Books]:
    with new_database(f"books_{os.getpid()}") as url, contextlib.ExitStack() as running:
        made = run(url, "books", "create", str(NUMBER_OF_BOOKS))
        assert made.returncode == 0, made.stderr
        for number in range(1, NUMBER_OF_BOOKS + 1):
            seeded = run(url, "seed_demo", book=name_of(number))
            assert seeded.returncode == 0, seeded.stderr
        servers = tuple(
            running.enter_context(serving(DATABASE_URL=url, BOOK=name_of(number)))
            for number in range(1, NUMBER_OF_BOOKS + 1)
        )
        router = running.enter_context(routing(url, [(each,) for each in servers]))
        yield Books(url, servers, router)


@contextlib.contextmanager
def routing(
    url: str, servers: Sequence[tuple[Server, ...]], port: int | None = None
) -> Iterator[Server]:
    """HAProxy with the configuration that ``books router`` writes, for the servers of each book.

    Nothing answers at the provider's address.
    """
    port = port or free_port()
    addresses = [
        f"{name_of(number)}={','.join(each.url.removeprefix('http://') for each in of_book)}"
        for number, of_book in enumerate(servers, start=1)
    ]
    options = ["--bind", f"127.0.0.1:{port}", "--provider", f"127.0.0.1:{free_port()}"]
    written = run(url, "books", "router", *addresses, *options)
    assert written.returncode == 0, written.stderr
    with haproxy(written.stdout, port=port) as router:
        yield router


@contextlib.contextmanager
def haproxy(configuration: str, *, port: int) -> Iterator[Server]:
    """HAProxy with this configuration, which must bind ``port``."""
    if not shutil.which("haproxy"):
        pytest.skip("HAProxy is not installed")
    with tempfile.TemporaryDirectory() as folder:
        file, log = Path(folder) / "haproxy.cfg", Path(folder) / "haproxy.log"
        file.write_text(configuration)
        with log.open("wb") as output:
            process = subprocess.Popen(
                ["haproxy", "-db", "-f", str(file)], stdout=output, stderr=subprocess.STDOUT
            )
        router = Server(f"http://127.0.0.1:{port}", process, log)
        try:
            _wait_for(router)
            yield router
        finally:
            process.terminate()
            process.wait(timeout=10)


def _wait_for(router: Server) -> None:
    give_up_at = time.monotonic() + 20
    while time.monotonic() < give_up_at:
        with contextlib.suppress(Exception):
            if router.request("GET", "/health").status == 200:
                return
        time.sleep(0.1)
    raise AssertionError(f"HAProxy does not answer:\n{router.new_log()}")
