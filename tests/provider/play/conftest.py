"""A game that always pays, and a browser at a real provider."""

from collections.abc import Iterator

import pytest
from django.db import connections
from playwright.sync_api import Browser

from tests.browser import chromium
from tests.provider.table import Table
from tests.servers import Server, serving

ALWAYS_PAYS = [{"show": ["seven", "bar"], "weight": 1, "pays": 250}]


@pytest.fixture
def table(table: Table) -> Table:
    """Make the game always draw the same line: every spin pays 2.5 times its stake."""
    table.session.game.pay_table = ALWAYS_PAYS
    table.session.game.save()
    return table


@pytest.fixture(scope="package")
def provider() -> Iterator[Server]:
    with serving(SERVICES="provider", PROVIDER_BACKOFF_MS="1", PROVIDER_LONGEST_WAIT_MS="5") as it:
        yield it


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started
        # While the browser's event loop runs, Django keeps connections apart from all others.
        connections.close_all()
