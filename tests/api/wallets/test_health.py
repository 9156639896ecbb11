"""GET /api/v1/health, and addresses that do not exist."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client
from pytest_django import Settings

from tests.api.wallets.holder import read


def test_it_is_healthy_where_the_database_is_there() -> None:
    answer = read("/api/v1/health")
    assert answer.status == 200
    assert (answer.body["status"], answer.body["service"]) == ("healthy", "wallet-service")
    told = datetime.fromisoformat(answer.body["timestamp"])
    assert abs(told - datetime.now(UTC)) < timedelta(seconds=10)


def test_it_is_unhealthy_where_the_database_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_self: BaseDatabaseWrapper) -> None:
        raise OperationalError("the server is down")

    monkeypatch.setattr(BaseDatabaseWrapper, "cursor", fail)
    answer = read("/api/v1/health")
    assert (answer.status, answer.body["status"]) == (503, "unhealthy")
    assert answer.headers["Retry-After"] == "1"


def test_it_needs_no_key(settings: Settings) -> None:
    settings.DEMO_MODE = False
    assert read("/api/v1/health").status == 200


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize(
    "path",
    [
        "/api/v1",
        "/api/v1/",
        "/api/v1/nothing",
        "/api/v1/wallets/",
        "/api/v1/wallets//balance",
        "/api/v1/health/",
        "/assets/",
        "/balance",
        "/balance/",
        "/balance/user_001/",
        "/balance/user_001/GC/",
        "/transaction/",
        "/transaction/user_001",
        "/transaction/user_001/history/",
    ],
)
def test_what_is_not_there_is_refused_in_this_dialect(method: str, path: str) -> None:
    response = Client(SERVER_NAME="localhost").generic(method, path)
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "NOT_FOUND"
