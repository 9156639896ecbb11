"""Real servers on their own ports, started like ``scripts/serve`` does, for tests over real HTTP.

They are stopped by process id, and a failed test shows their logs.
"""

import contextlib
import json
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode

import psutil
import urllib3
from django.conf import settings as django_settings
from django.db import connections

from config.books import PUBLIC
from tests.casino_world import Answer
from tests.processes import Process, serve

START_WITHIN_SECONDS = 30.0
PROVIDER_DATABASE_URL = os.environ.get("PROVIDER_DATABASE_URL", "")
_RUNNING: list["Server"] = []


@dataclass
class Server:
    """A server process with its workers. Without a process, it is a server that we do not run."""

    url: str
    process: Process | subprocess.Popen[bytes] | None
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    _log_read: int = 0
    _pool: urllib3.PoolManager = field(
        default_factory=lambda: urllib3.PoolManager(maxsize=64, retries=False, timeout=60)
    )

    @property
    def workers(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def request(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a request; connections stay open, like a provider's. Raises what urllib3 raises."""
        response = self._pool.request(method, self.url + path, body=body, headers=headers)
        try:
            decoded = json.loads(response.data)
        except ValueError:
            decoded = {}
        return Answer(response.status, decoded, response.data, response.headers)

    def post(
        self, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        return self.request(
            "POST", path, body, {"Content-Type": "application/json"} | dict(headers or {})
        )

    def connect(self) -> socket.socket:
        """Open a connection for bytes that no HTTP client would send."""
        host, _, port = self.url.removeprefix("http://").partition(":")
        return socket.create_connection((host, int(port)), timeout=10)

    def forget_connections(self) -> None:
        """Make the next request open a new connection."""
        self._pool.clear()

    def new_log(self) -> str:
        """What it wrote since the last call."""
        text = self.log.read_bytes()
        new, self._log_read = text[self._log_read :], len(text)
        return new.decode(errors="replace")

    def kill(self) -> None:
        """Send SIGKILL to all its processes, so that it cannot finish or tidy up."""
        processes = [psutil.Process(self.process.pid), *self.workers]
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(processes, timeout=10)
        self.process.wait(timeout=10)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.kill()
        self.forget_connections()


@contextlib.contextmanager
def serving(*, port: int | None = None, workers: int = 1, **environment: str) -> Iterator[Server]:
    """Serve until the block ends: by default the casino on this test run's database."""
    with tempfile.TemporaryDirectory() as folder:
        server = _start(port or free_port(), workers, environment, Path(folder) / "server.log")
        _RUNNING.append(server)
        try:
            _wait_until_ready(server)
            yield server
        finally:
            server.end()
            _RUNNING.remove(server)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def database_url(name: str = "") -> str:
    """The address, for another process, of this test run's database or another on its server.

    In a book, connections to this run's database use its schema.
    """
    settings = connections["default"].settings_dict
    host = settings["HOST"] or settings["OPTIONS"].get("host", "")
    user, password = quote(settings["USER"], safe=""), quote(settings["PASSWORD"], safe="")
    query = urlencode({"host": host, "port": settings["PORT"] or 5432, **_book(name)})
    return f"postgresql://{user}:{password}@/{quote(name or settings['NAME'])}?{query}"


def _book(database: str) -> dict[str, str]:
    if database or not django_settings.BOOK:
        return {}
    return {"options": f"-csearch_path={django_settings.BOOK},{PUBLIC}"}


def logs_of_running() -> Iterator[tuple[str, str]]:
    """A title and the new lines of every running server's log."""
    for server in _RUNNING:
        yield f"log of {server.url}", server.new_log()


def _start(port: int, workers: int, environment: dict[str, str], log: Path) -> Server:
    settings = {
        "SECRET_KEY": "of a server for tests",
        "DEBUG": "false",
        "DEMO_MODE": "true",
        "SERVICES": "casino",
        "DATABASE_URL": database_url(),
        # With books, the provider has a database of its own.
        "PROVIDER_DATABASE_URL": PROVIDER_DATABASE_URL if django_settings.BOOK else "",
        "READ_DATABASE_URL": "",
        "CASINO_SECRET": "casino-secret",
        "PROVIDER_SECRET": "provider-secret",
        "CASINO_URL": f"http://127.0.0.1:{port}",
        "PROVIDER_URL": f"http://127.0.0.1:{port}",
        "REDIS_URL": "",
        "EVENT_SECRET": "",
        "CASINO_SUMMARIES": "false",
        # Several servers and their tests may run three times at once, on 200 connections.
        "BLOCKING_THREADS": "8",
    }
    told = {**os.environ, **settings, **environment}
    arguments = ["--no-setup", "--port", str(port), "--workers", str(workers)]
    process = Process(serve, *arguments, environment=told, output=log)
    return Server(f"http://127.0.0.1:{port}", process, log, told)


def _wait_until_ready(server: Server) -> None:
    give_up_at = time.monotonic() + START_WITHIN_SECONDS
    while time.monotonic() < give_up_at and server.process.poll() is None:
        with contextlib.suppress(urllib3.exceptions.HTTPError):
            if server.request("GET", "/health").status < 500:
                return
        time.sleep(0.05)
    raise AssertionError(f"the server did not start:\n{server.new_log()}")
