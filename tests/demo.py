"""The demo as a visitor sees it: both services on one real server with a database of its own."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser import chromium
from tests.databases import own_database, prepare
from tests.servers import Server, database_url, serving


@pytest.fixture(scope="session")
def demo(database: None) -> Iterator[Server]:
    with own_database("demo") as name:
        environment = {
            "DATABASE_URL": database_url(name),
            "PROVIDER_DATABASE_URL": "",
            "READ_DATABASE_URL": "",
            "SERVICES": "casino,provider",
            "DEMO_MODE": "true",
            "CASINO_SECRET": "casino-secret",
            "PROVIDER_SECRET": "provider-secret",
        }
        prepare(environment)
        with serving(**environment) as server:
            yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started
