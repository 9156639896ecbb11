"""Programs that run as an unprivileged user until this run ends them, by their process ids."""

import contextlib
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from config.embedded_postgres.accounts import Account, user_arguments
from scripts.setup import SetupError

ENDED_WITHIN_SECONDS = 20


@dataclass(slots=True)
class Program:
    """A program that can be started, frozen, killed and started again."""

    name: str
    command: Sequence[str | Path]
    environment: Mapping[str, str]
    folder: Path
    account: Account
    process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder / "configuration",
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # so that Ctrl-C reaches only us, and we end it
                **user_arguments(self.account),
            )

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    def kill(self) -> None:
        if self.process is not None:
            kill(family(self.process.pid))
            self.process.wait()
            self.process = None

    def end(self) -> None:
        """Let it end in order; kill it if that takes too long."""
        if self.process is None:
            return
        resume(family(self.process.pid))
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(ENDED_WITHIN_SECONDS)
        self.kill()

    def freeze(self) -> None:
        if self.process is not None:
            freeze(family(self.process.pid))

    def thaw(self) -> None:
        if self.process is not None:
            resume(family(self.process.pid))

    def require_running(self) -> None:
        """Raises SetupError with the last line of its log."""
        if self.process is not None and self.process.poll() is not None:
            lines = self.log.read_text(errors="replace").strip().splitlines()
            raise SetupError(f"{self.name} ended: {lines[-1] if lines else 'no reason given'}")


def family(pid: int) -> list[psutil.Process]:
    """The process, then its descendants; empty if it is gone."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    return []


def freeze(processes: Sequence[psutil.Process]) -> None:
    """The parent first, so that it starts nothing meanwhile."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.suspend()


def resume(processes: Sequence[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.resume()


def kill(processes: Sequence[psutil.Process]) -> None:
    """Send SIGKILL, the parent first; returns when they are gone or zombies."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    give_up_at = time.monotonic() + ENDED_WITHIN_SECONDS
    while any(_runs(process) for process in processes) and time.monotonic() < give_up_at:
        time.sleep(0.02)


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
