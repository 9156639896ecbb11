"""Copies of this checkout, in which commands run as they do for somebody who just cloned it."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import cache_from_source
from pathlib import Path

import psutil
import requests

from config.embedded_postgres import server
from config.embedded_postgres.layout import Folder
from config.embedded_postgres.lease import locked_at_once
from scripts.setup import ports
from tests.setup.servers import ROOT

BASE_PYTHON = os.path.realpath(sys.executable)  # the one outside any virtual environment
ANY_NAME = "a $HOME \"hi\" `tick` tab\tand 'quote' ün—猫"  # of a folder that a clone may lie in
BARE_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent"}


@dataclass
class Checkout:
    """A copy of the files that git knows or would add; it shares this virtual environment.

    It also copies what Python has already compiled, as compiling takes each command a second.
    """

    path: Path
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @classmethod
    def make(cls, path: Path, *, with_environment: bool = True) -> "Checkout":
        listed = subprocess.check_output(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            text=True,
        )
        for name in filter(None, listed.split("\0")):
            if (ROOT / name).is_file() and not name.startswith("tests/"):
                (path / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, path / name)
                compiled = Path(cache_from_source(name))
                if name.endswith(".py") and (ROOT / compiled).is_file():
                    (path / compiled).parent.mkdir(exist_ok=True)
                    shutil.copy2(ROOT / compiled, path / compiled)
        if with_environment:
            (path / ".venv").symlink_to(ROOT / ".venv")
        return cls(path)

    def run(
        self, *command: str, env: Mapping[str, str] | None = None, cwd: str = "/"
    ) -> subprocess.CompletedProcess[str]:
        """Run a script to its end, with almost nothing in its environment."""
        return subprocess.run(
            [self.path / command[0], *command[1:]],
            env={**BARE_ENVIRONMENT, **(env or {})},
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    def start(
        self, *command: str, env: Mapping[str, str] | None = None, cwd: str = "/"
    ) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [self.path / command[0], *command[1:]],
            env={**BARE_ENVIRONMENT, **(env or {})},
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def python(
        self, code: str, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run code next to the set-up modules, with the Python that the set-up would find."""
        return subprocess.run(
            [BASE_PYTHON, "-c", code],
            env={**BARE_ENVIRONMENT, **(env or {})},
            cwd=self.path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def database_runs(self) -> bool:
        alive = Folder.below(self.path / ".data").alive
        if not alive.exists():
            return False
        with alive.open() as file:
            return not locked_at_once(file.fileno())

    def end_everything(self) -> None:
        for process in self.started:
            for left in _descendants(process):
                with suppress(psutil.NoSuchProcess):
                    left.kill()
            process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()
        if Folder.below(self.path / ".data").alive.exists():
            server.stop(Folder.below(self.path / ".data"))


def _descendants(process: subprocess.Popen[str]) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(process.pid).children(recursive=True)
    return []


def free_port() -> int:
    port, claim = ports.claim_any("127.0.0.1")
    claim.close()
    return port


def await_health(port: int, within_seconds: float = 30) -> float:
    """Return the seconds until /health answers 200."""
    began = time.monotonic()
    while time.monotonic() - began < within_seconds:
        with suppress(requests.RequestException):
            if requests.get(f"http://127.0.0.1:{port}/health", timeout=5).status_code == 200:
                return time.monotonic() - began
        time.sleep(0.05)
    raise AssertionError(f"nothing answered on port {port} within {within_seconds} s")


def manage(checkout: Checkout, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [checkout.path / ".venv/bin/python", checkout.path / "manage.py", *arguments],
        env={"PATH": "/usr/bin:/bin", **env},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
