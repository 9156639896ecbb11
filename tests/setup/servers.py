"""Embedded servers for one test, and processes that use them as real ones do."""

import stat
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from config.embedded_postgres.layout import Folder
from config.embedded_postgres.lease import locked_at_once
from config.embedded_postgres.programs import package

ROOT = Path(__file__).resolve().parents[2]

USES_UNTIL_TOLD_TO_LEAVE = """
import sys
from pathlib import Path
from config.embedded_postgres import EmbeddedPostgresError, running_url
try:
    print(running_url(Path(sys.argv[1])), flush=True)
except EmbeddedPostgresError as error:
    sys.exit(str(error))
sys.stdin.read()
"""


@dataclass
class User:
    """A process that uses the embedded server until it is told to leave."""

    process: subprocess.Popen[str]

    def url(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def leave(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait(timeout=60) == 0

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


class Embedded:
    """One data directory and the processes that use it."""

    def __init__(self, data_dir: Path, stack: ExitStack) -> None:
        self.data_dir = data_dir
        self.folder = Folder.below(data_dir)
        self._stack = stack

    def user(self, script: str = USES_UNTIL_TOLD_TO_LEAVE) -> User:
        process = subprocess.Popen(
            [sys.executable, "-c", script, self.data_dir],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self._stack.callback(process.stdout.close)  # type: ignore[union-attr]
        self._stack.callback(process.wait)
        self._stack.callback(process.kill)
        return User(process)

    def is_alive(self) -> bool:
        with self.folder.alive.open() as alive:
            return not locked_at_once(alive.fileno())

    def postmaster(self) -> psutil.Process:
        return psutil.Process(int(self.folder.pid_file.read_text().split()[0]))


def run_as(uid: int, script: str, argument: Path) -> str:
    """Run Python code as another user, with an interpreter that this user can reach."""
    packages = package().parent
    interpreter = next((path for path in PYTHONS if path.exists() and reachable(path)), None)
    if interpreter is None or not reachable(packages) or not reachable(ROOT):
        pytest.skip("no Python that another user could run")
    result = subprocess.run(
        [interpreter, "-c", script, argument],
        user=uid,
        group=uid,
        extra_groups=[],
        capture_output=True,
        text=True,
        cwd="/",
        env={"PYTHONPATH": f"{ROOT}:{packages}", "PATH": "/usr/bin:/bin"},
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


PYTHONS = (
    Path(sys.executable).resolve(),
    Path("/usr/bin/python3.11"),
    Path("/usr/local/bin/python3"),
)


def reachable(path: Path) -> bool:
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.resolve().parents)
