"""Servers as `scripts/serve` starts them, on ports of their own, stopped after use."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from scripts.benchmark import databases
from scripts.setup import LOGS, ROOT, SetupError, ports
from scripts.setup.arguments import SETTINGS

READY_WITHIN_SECONDS = 180  # it may have to migrate and fill an empty database first
STOPPED_WITHIN_SECONDS = 20


class Server(NamedTuple):
    """A server, its database, and the process to measure."""

    port: int
    database: str
    pid: int


@contextmanager
def serving(
    database: str,
    *,
    settings: str = SETTINGS,
    root: Path = ROOT,
    set_up: bool = False,
    **environment: str,
) -> Iterator[Server]:
    """``settings``: the settings module. ``root``: another checkout to compare with.

    If ``set_up``, the checkout first migrates the database and enters its own demo data.
    """
    port, claim = ports.claim_any("127.0.0.1")
    log_path = LOGS / f"bench-{port}.log"
    LOGS.mkdir(parents=True, exist_ok=True)
    with claim, log_path.open("wb") as log:
        command = [python_of(root), "-m", "scripts.setup.serve"]
        if not set_up:
            command.append("--no-setup")
        if settings != SETTINGS:  # another checkout's scripts may not know the argument
            command.append(f"--settings={settings}")
        process = subprocess.Popen(
            [*command, f"--port={port}", f"--parent={os.getpid()}"],
            cwd=root,
            env={**environment_at(database), **environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            _await_health(process, port, log_path)
            yield Server(port, database, process.pid)
        finally:
            _end(process)
    log_path.unlink()


def python_of(root: Path) -> str:
    """The Python of a checkout's own virtual environment if it has one, otherwise ours."""
    own = root / ".venv" / "bin" / "python"
    return str(own) if own.exists() else sys.executable


def environment_at(database: str) -> Mapping[str, str]:
    unlimited = os.environ.keys() - databases.NO_TIME_LIMITS.keys()
    return {
        **{name: os.environ[name] for name in unlimited},
        "DATABASE_URL": databases.url(database),
    }


def _await_health(process: "subprocess.Popen[bytes]", port: int, log_path: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
                return
        except urllib.error.HTTPError:
            return  # any answer is enough
        except OSError:
            time.sleep(0.05)
    raise SetupError(f"a server did not start (log: {log_path})")


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOPPED_WITHIN_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
