"""Books on a real Citus: two books on two nodes, the router in front, and the provider.

Each book has two processes, as races between processes need.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from config.books import name_of
from tests.books.citus import Node, cluster, programs
from tests.books.conftest import Books, routing, run
from tests.processes import manage
from tests.servers import free_port, serving

FOUND = programs()
needs_citus = [
    pytest.mark.skipif(FOUND is None, reason="Citus is not installed in a PostgreSQL here"),
    pytest.mark.clusters,
    pytest.mark.timeout(3000),
]
PATIENCE = {"LOCK_TIMEOUT_MS": "20000", "STATEMENT_TIMEOUT_MS": "30000"}
"""The time that races need on a slow machine."""


@dataclass(frozen=True)
class OnCitus:
    nodes: list[Node]
    books: Books
    provider_url: str

    def node_of(self, book: str) -> Node:
        listed = dict(
            line.split() for line in self.books.command("books", "list").stdout.splitlines()
        )
        return next(node for node in self.nodes if node.address == listed[book])


@pytest.fixture(scope="session")
def on_citus(no_rate_limits: None) -> Iterator[OnCitus]:
    assert FOUND is not None
    with cluster(FOUND) as nodes, contextlib.ExitStack() as running:
        url = nodes[0].url
        made = run(url, "books", "create", "2")
        assert made.returncode == 0, made.stderr
        listed = [line.split() for line in run(url, "books", "list").stdout.splitlines()]
        at = {book: f"postgresql://postgres@{node}/casino" for book, node in listed}
        assert len(set(at.values())) == 2
        for book, node_url in at.items():
            assert run(node_url, "seed_demo", book=book).returncode == 0
        router_port, provider_port = free_port(), free_port()
        shared = {
            "CASINO_URL": f"http://127.0.0.1:{router_port}",
            "PROVIDER_URL": f"http://127.0.0.1:{provider_port}",
        }
        nodes[0].execute("CREATE DATABASE provider", "postgres")
        provider_url = nodes[0].url.replace("/casino", "/provider")
        provider = {"SERVICES": "provider", "DATABASE_URL": provider_url}
        for command in ("migrate", "seed_provider_demo"):
            ran = manage(command, **provider, BOOK="")
            assert ran.returncode == 0, ran.stderr
        servers = [
            tuple(
                running.enter_context(
                    serving(
                        **shared, **PATIENCE, DATABASE_URL=at[name_of(each)], BOOK=name_of(each)
                    )
                )
                for _ in range(2)
            )
            for each in (1, 2)
        ]
        running.enter_context(serving(port=provider_port, **shared, **provider))
        router = running.enter_context(routing(url, servers, port=router_port))
        first = tuple(of_book[0] for of_book in servers)
        yield OnCitus(nodes, Books(url, first, router), provider_url)
