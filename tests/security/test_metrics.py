"""/metrics has the counts of all workers and what is open now, but not for strangers."""

import os
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from config.web.metrics import LookedUp, exposition, look_up_at_scrape
from scripts.setup import shared_metrics
from tests.casino_world import Play, request
from tests.servers import Server, serving


def number(text: str, name: str, **labels: str) -> float:
    """The sum of the samples with this name and these labels."""
    total = 0.0
    for line in text.splitlines():
        match = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
        if match and match[1] == name:
            own = dict(re.findall(r'(\w+)="([^"]*)"', match[2] or ""))
            if labels.items() <= own.items():
                total += float(match[3])
    return total


def test_it_counts_requests_refusals_and_replays(play: Play) -> None:
    def counted() -> list[float]:
        text = exposition().decode()
        return [
            number(text, "api_request_seconds_count", endpoint="debit", status="200"),
            number(text, "api_refusals_total", endpoint="debit", code="BET_LIMIT"),
            number(text, "api_replays_total", endpoint="debit"),
            number(text, "api_refusals_total", endpoint="receiveEvent")
            + number(text, "api_refusals_total", code="REJECTED"),
        ]

    before = counted()
    bet = play.bet(100)
    assert play.send("debit", bet).is_replay
    assert play.debit(10**12).code == "BET_LIMIT"
    assert request("POST", "/event", b"{}").status == 400

    assert [now - was for now, was in zip(counted(), before, strict=True)] == [2, 1, 1, 1]


def test_a_round_is_open_until_it_is_paid_or_rolled_back(play: Play) -> None:
    def open_rounds() -> float:
        return number(exposition().decode(), "casino_open_rounds")

    before = open_rounds()
    paid, taken_back = play.bet(100), play.bet(100)
    assert open_rounds() == before + 2
    play.win(paid, 0)
    play.rollback(taken_back["transactionId"])
    assert open_rounds() == before


def test_what_is_looked_up_reads_a_bounded_number_of_rows() -> None:
    with CaptureQueriesContext(connection) as queries:
        text = exposition().decode()
    for name in (
        "casino_open_rounds",
        "casino_lock_waits",
        "provider_uncertain_bets",
        "provider_bets_for_a_person",
        "provider_open_rounds",
        "provider_failing_casinos",
    ):
        assert f"\n{name} " in text
    assert len(queries) == 6
    assert all("LIMIT" in each["sql"] or "pg_stat" in each["sql"] for each in queries)


def test_a_number_that_cannot_be_had_is_left_out() -> None:
    def fails() -> float:
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
        return 1.0

    look_up_at_scrape(LookedUp("test_no_number", "None.", fails))
    try:
        text = exposition().decode()
        assert "\ntest_no_number " not in text
        assert "\ncasino_open_rounds " in text
    finally:
        look_up_at_scrape(LookedUp("test_no_number", "One.", lambda: 1.0))


def test_a_database_that_says_nothing_is_asked_once_per_scrape() -> None:
    """A scrape ends after 10 s, and each number would wait for most of that."""
    asked: list[str] = []

    def times_out(name: str) -> float:
        asked.append(name)
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 20")
            try:
                cursor.execute("SELECT pg_sleep(5)")
            finally:
                cursor.execute("RESET statement_timeout")
        return 1.0

    names = ["test_first", "test_second"]
    look_up_at_scrape(*(LookedUp(name, "None.", partial(times_out, name)) for name in names))
    try:
        text = exposition().decode()
    finally:
        look_up_at_scrape(*(LookedUp(name, "One.", lambda: 1.0) for name in names))

    assert asked == ["test_first"]
    assert "\ntest_second " not in text
    assert "\napi_request_seconds_count" in text


@pytest.mark.parametrize(
    ("token", "demo", "shown", "status"),
    [
        ("", True, None, 200),
        ("", False, None, 401),
        ("", False, "Bearer ", 401),
        ("the-token-of-metrics", False, "Bearer the-token-of-metrics", 200),
        ("the-token-of-metrics", False, None, 401),
        ("the-token-of-metrics", True, None, 401),
        ("the-token-of-metrics", False, "Bearer the-token-of-metric", 401),
        ("the-token-of-metrics", False, "the-token-of-metrics", 401),
        ("the-token-of-metrics", False, "Bearer \u00e9", 401),
    ],
)
def test_who_may_read_it(
    settings: Settings, token: str, demo: bool, shown: str | None, status: int
) -> None:
    settings.METRICS_TOKEN, settings.DEMO_MODE = token, demo
    headers = {"Authorization": shown} if shown else {}
    answer = request("GET", "/metrics", b"", headers)

    assert answer.status == status
    if status == 401:
        assert answer.code == "UNAUTHORIZED"
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert b"api_" not in answer.raw


@pytest.fixture
def pair() -> Server:
    with serving(workers=2) as server:
        yield server  # type: ignore[misc]


def test_any_worker_tells_what_all_have_counted(pair: Server, play: Play) -> None:
    for _ in range(40):
        body = b'{"sessionToken":"%s"}' % play.token.encode()
        pair.forget_connections()  # so that perhaps another worker is next
        assert pair.post("/casino/getBalance", body, play.headers(body)).status == 200
    counts = set()
    for _ in range(10):
        pair.forget_connections()
        text = pair.request("GET", "/metrics").raw.decode()
        counts.add(number(text, "api_request_seconds_count", endpoint="getBalance"))
    assert counts == {40.0}


def test_what_a_killed_server_left_in_memory_is_removed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(shared_metrics, "MEMORY", tmp_path)
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left, running = (tmp_path / f"casino-metrics-{pid}-abc" for pid in (ended.pid, os.getppid()))
    for folder in (left, running, tmp_path / "another"):
        folder.mkdir()
    with shared_metrics.shared_metrics():
        own = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
        assert (own.is_dir(), left.exists(), running.exists()) == (True, False, True)
    assert {each.name for each in tmp_path.iterdir()} == {running.name, "another"}


def test_live_and_ready() -> None:
    assert request("GET", "/health/live").body == {"status": "live"}
    assert request("GET", "/health/ready").body == {"status": "ready"}
    assert request("POST", "/health/ready").status == 405


def test_live_asks_no_database() -> None:
    with CaptureQueriesContext(connection) as queries:
        assert Client().get("/health/live").status_code == 200
    assert len(queries) == 0


def test_without_a_migration_it_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    from config.web import health  # noqa: PLC0415

    there = health.last_migrations()
    monkeypatch.setattr(health, "last_migrations", lambda: there | {("casino", "9999_next")})
    answer = request("GET", "/health/ready")

    assert (answer.status, answer.body) == (503, {"status": "not ready", "reason": "migrations"})
    assert answer.headers["Retry-After"] == "1"
