"""Counts in Redis: processes share them while it is there, and nobody is refused if it is gone."""

import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
from django.core.cache import cache
from pytest_django import Settings

from casino import rate_limits
from casino.rate_limits import seconds_to_wait
from config.web.caches import shared_cache
from tests.casino_world import post
from tests.factories import unique

PROGRAM = shutil.which("redis-server")
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no redis-server on this machine")

ROOT = Path(__file__).resolve().parents[2]
ANOTHER_PROCESS = """
import sys
import django
django.setup()
from casino.rate_limits import seconds_to_wait
client, requests = sys.argv[1], int(sys.argv[2])
print(sum(seconds_to_wait(family="wallets", client=client) == 0 for _ in range(requests)))
"""


@dataclass
class Redis:
    """A server that belongs to the test, which can stop, freeze and restart it."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        assert PROGRAM
        self.process = subprocess.Popen(
            [PROGRAM, "--bind", "127.0.0.1", "--port", str(self.port), "--save", "",
             "--dir", self.folder, "--logfile", self.folder / "log"],
        )  # fmt: skip
        with redis.Redis(port=self.port) as client:
            for _ in range(100):
                try:
                    client.ping()
                except redis.ConnectionError:
                    time.sleep(0.05)
                else:
                    return
        raise AssertionError("redis-server did not start")

    def signal(self, number: int) -> None:
        assert self.process
        self.process.send_signal(number)

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None


@pytest.fixture
def server(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Redis]:
    """A running Redis, and a cache that uses it in the way the settings configure it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Redis(tmp_path, port)
    server.start()
    settings.CACHES = {"default": shared_cache(server.url)}
    settings.RATE_LIMITS = {"wallets": "10/day", "frontend": "10/day"}
    monkeypatch.setattr(rate_limits, "outage", rate_limits.Outage())
    yield server
    server.kill()


def ask(client: str) -> bool:
    return seconds_to_wait(family="wallets", client=client) == 0


def warnings(log: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in log.records if record.levelno == logging.WARNING]


def test_processes_share_one_count(server: Redis) -> None:
    client = unique("10.0.0.1")
    assert [ask(client) for _ in range(4)] == [True] * 4
    elsewhere = subprocess.run(
        [sys.executable, "-c", ANOTHER_PROCESS, client, "9"],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "REDIS_URL": server.url,
            "RATE_LIMIT_WALLETS": "10/day",
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert elsewhere.stdout.strip() == "6"
    assert not ask(client)


def test_counts_leave_redis_by_themselves(server: Redis) -> None:
    ask(unique("10.0.0.1"))
    with redis.Redis(port=server.port) as client:
        keys = client.keys()
        assert len(keys) == 1
        assert 0 < client.ttl(keys[0]) <= 2 * 86_400


def test_a_redis_that_is_gone_refuses_nobody_and_is_warned_of_once(
    server: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    client = unique("10.0.0.1")
    assert [ask(client) for _ in range(11)] == [True] * 10 + [False]
    server.kill()
    began = time.monotonic()
    assert all(ask(client) for _ in range(1_000))
    assert time.monotonic() - began < 2
    (warning,) = warnings(caplog)
    assert "rate limits are off" in warning


def test_limits_come_back_with_redis(server: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "CACHE_IS_LEFT_ALONE_SECONDS", 0.2)
    client = unique("10.0.0.1")
    server.kill()
    assert all(ask(client) for _ in range(50))
    server.start()
    time.sleep(0.3)
    assert [ask(client) for _ in range(11)] == [True] * 10 + [False]


def test_a_redis_that_hangs_holds_nobody_up_for_long(
    server: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    client = unique("10.0.0.1")
    ask(client)
    server.signal(signal.SIGSTOP)
    began = time.monotonic()
    assert ask(client)
    first_seconds = time.monotonic() - began
    began = time.monotonic()
    assert all(ask(client) for _ in range(1_000))
    later_seconds = time.monotonic() - began
    server.signal(signal.SIGCONT)
    assert first_seconds < 1.0
    assert later_seconds < 1.0
    assert len(warnings(caplog)) == 1


def test_a_redis_that_refuses_to_write_refuses_nobody(server: Redis) -> None:
    with redis.Redis(port=server.port) as client:
        client.config_set("maxmemory", "1")
    assert all(ask(unique("10.0.0.1")) for _ in range(20))


def test_the_password_in_redis_url_does_not_reach_the_log(
    server: Redis, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    server.kill()
    settings.CACHES = {
        "default": shared_cache(server.url.replace("127.0.0.1", ":hush-hush@127.0.0.1"))
    }
    assert ask(unique("10.0.0.1"))
    assert len(warnings(caplog)) == 1
    assert "hush-hush" not in caplog.text


def test_a_caller_sees_nothing_of_it(server: Redis, settings: Settings) -> None:
    settings.DEMO_MODE = True
    body = b'{"playerId": "nobody-at-all", "gameId": "no-game", "currency": "EUR"}'
    with redis.Redis(port=server.port) as client:
        assert post("/casino/launchGame", body).status == 404
        assert len(client.keys()) == 1
    server.kill()
    assert [post("/casino/launchGame", body).status for _ in range(15)] == [404] * 15


def test_the_cache_of_the_test_is_the_redis_of_the_test(server: Redis) -> None:
    cache.set("where", "here")
    with redis.Redis(port=server.port) as client:
        assert client.exists("casino:1:where")
