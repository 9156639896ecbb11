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

READY_WITHIN_SECONDS = 60
STOPPED_WITHIN_SECONDS = 20


class Server(NamedTuple):
    """A server, its database, and the process to measure."""

    port: int
    database: str
    pid: int


@contextmanager
def serving(
    database: str, *, settings: str = SETTINGS, root: Path = ROOT, **environment: str
) -> Iterator[Server]:
    """``settings``: the settings module. ``root``: another checkout to compare with."""
    port, claim = ports.claim_any("127.0.0.1")
    log_path = LOGS / f"bench-{port}.log"
    LOGS.mkdir(parents=True, exist_ok=True)
    with claim, log_path.open("wb") as log:
        command = [sys.executable, "-m", "scripts.setup.serve", "--no-setup"]
        if settings != SETTINGS:  # another checkout's scripts may not know the argument
            command.append(f"--settings={settings}")
        process = subprocess.Popen(
            [*command, f"--port={port}", f"--parent={os.getpid()}"],
            cwd=root,
            env={**_environment(database), **environment},
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


def _environment(database: str) -> Mapping[str, str]:
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
