"""The demo as a visitor sees it: both services on one real server with a database of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.db import connection
from playwright.sync_api import Browser

from tests.browser import chromium
from tests.factories import unique
from tests.servers import ROOT, Server, database_url, serving

_ENVIRONMENTS: dict[str, dict[str, str]] = {}

SET_UP = "from scripts.setup import database; database.load_django(); database.prepare()"


@pytest.fixture(scope="session")
def demo() -> Iterator[Server]:
    name = unique("demo").replace("-", "_")
    ours = quote(str(connection.settings_dict["NAME"]))
    environment = {
        "DATABASE_URL": database_url().replace(f"/{ours}?", f"/{name}?"),
        "PROVIDER_DATABASE_URL": "",
        "READ_DATABASE_URL": "",
        "SERVICES": "casino,provider",
        "DEMO_MODE": "true",
        "CASINO_SECRET": "casino-secret",
        "PROVIDER_SECRET": "provider-secret",
    }
    _execute(f"CREATE DATABASE {name}")
    try:
        subprocess.run(
            [sys.executable, "-c", SET_UP],
            cwd=ROOT,
            env={**os.environ, **environment, "SECRET_KEY": "of a set-up for tests"},
            stdout=subprocess.DEVNULL,
            check=True,
        )
        with serving(**environment) as server:
            _ENVIRONMENTS[server.url] = environment
            yield server
    finally:
        _execute(f"DROP DATABASE {name} WITH (FORCE)")


def set_up_of(server: Server) -> dict[str, str]:
    """The environment for another process on this demo's database."""
    return {**os.environ, **_ENVIRONMENTS[server.url], "SECRET_KEY": "of a set-up for tests"}


def _execute(statement: str) -> None:
    """Execute without the time limit for requests: copying or dropping a database takes a while."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(statement)
        cursor.execute("RESET statement_timeout")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started
