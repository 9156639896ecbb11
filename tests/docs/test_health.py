"""GET /health says whether the database answers, and does so in time."""

import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from config.web import health
from config.web.health import ANSWERS_WITHIN_SECONDS
from provider.models import Casino
from tests.ledger.test_migrations import scratch  # noqa: F401 - a fixture
from tests.schema_check import assert_documented


def ask(method: str = "GET", path: str = "/health", **headers: str) -> Any:
    response = Client(SERVER_NAME="localhost").generic(method, path, headers=headers)
    assert_documented(method, path, response.status_code, response.content, response.headers)
    return response


@pytest.fixture(autouse=True)
def _no_alarm() -> None:
    """Tests of faults leave behind casinos that cannot be reached."""
    Casino.objects.update(failing_since=None)


@pytest.fixture
def databases(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """The settings of a database that the health check asks instead of the real one."""
    elsewhere = {
        **connections["default"].settings_dict,
        "HOST": "127.0.0.1",
        "OPTIONS": {"connect_timeout": 3},
    }
    monkeypatch.setitem(connections.settings, "elsewhere", elsewhere)
    elsewhere_too = health.Database("elsewhere", "casino_wallets")
    monkeypatch.setattr(health, "databases", lambda: [elsewhere_too])
    yield elsewhere
    health.asker.submit(_forget, "elsewhere").result()


def _forget(alias: str) -> None:
    """Close the connection of the thread that asks, which has its own."""
    connections[alias].close_pool()
    del connections[alias]


def test_it_is_healthy_while_the_database_answers() -> None:
    response = ask()

    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    body = response.json()
    at = datetime.fromisoformat(body.pop("timestamp"))
    assert body == {"status": "healthy", "service": "wallet-service", "database": "up"}
    assert abs(datetime.now(UTC) - at) < timedelta(seconds=5)


def test_head_tells_the_same_without_a_body() -> None:
    response = ask("HEAD")

    assert (response.status_code, response.content) == (200, b"")


def test_it_takes_nothing_but_get_and_head() -> None:
    response = ask("POST")

    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["/health", "/"])
def test_a_database_that_is_not_there_is_503(databases: dict[str, Any], path: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        databases["PORT"] = listener.getsockname()[1]
    response = ask(path=path)

    assert response.status_code == 503
    assert response["Retry-After"] == "1"
    assert response.json()["status"] == "unhealthy"
    assert response.json()["database"] == "down"


def test_a_database_that_hangs_is_503_in_time(databases: dict[str, Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        databases["PORT"] = listener.getsockname()[1]
        started = time.monotonic()
        answers = [ask(), ask()]  # the second comes while the first still waits
        took = time.monotonic() - started
    assert [answer.status_code for answer in answers] == [503, 503]
    assert took < 2 * ANSWERS_WITHIN_SECONDS + 1


def test_it_recovers_by_itself(databases: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        databases["PORT"] = listener.getsockname()[1]
    assert ask().status_code == 503
    monkeypatch.undo()

    assert ask().status_code == 200


def test_a_connection_that_was_cut_is_no_sign_of_a_database_that_is_down(
    databases: dict[str, Any],
) -> None:
    databases.update(connections["default"].settings_dict)
    databases["OPTIONS"] = databases["OPTIONS"] | {"pool": {"min_size": 1, "max_size": 1}}
    assert ask().status_code == 200
    backend = health.asker.submit(_backend_pid).result()
    with connections["default"].cursor() as cursor:  # as a server does when it is restarted
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [backend])  # waits for its end

    assert ask().status_code == 200
    assert health.asker.submit(_backend_pid).result() != backend


def _backend_pid() -> int:
    """The process of the one connection in the pool."""
    connection = connections["elsewhere"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid: int = cursor.fetchone()[0]
    connection.close()
    return pid


def test_it_is_not_ready_before_it_was_migrated(
    scratch: str,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(health, "databases", lambda: [health.Database(scratch, "casino_wallets")])
    try:
        response = ask(path="/health/ready")
    finally:
        health.asker.submit(_close, scratch).result()
    assert response.status_code == 503
    assert response.json()["reason"] == "migrations"


def _close(alias: str) -> None:
    """Close the connection of the thread that asks."""
    connections[alias].close()


def test_the_front_page_says_that_the_database_is_down(databases: dict[str, Any]) -> None:
    databases["PORT"] = "9"
    page = Client(SERVER_NAME="localhost").get("/", headers={"Accept": "text/html"})
    assert (page.status_code, page["Retry-After"]) == (503, "1")
    assert '<p class="health down">' in page.content.decode()
    assert "is not answering" in page.content.decode()
