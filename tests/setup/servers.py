"""Embedded servers of a test's own, and processes that use them as real ones do."""

import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil

from config.embedded_postgres.layout import Folder
from config.embedded_postgres.lease import locked_at_once

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
