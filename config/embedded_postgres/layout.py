"""Where everything of one embedded server lies, and the error that says what is wrong with it."""

import os
from dataclasses import dataclass
from pathlib import Path


class EmbeddedPostgresError(Exception):
    """The embedded server cannot be used; the message is one line for a person."""


@dataclass(frozen=True, slots=True)
class Folder:
    path: Path

    @classmethod
    def below(cls, data_dir: Path) -> "Folder":
        """`postgres` in the data directory, or the folder elsewhere that it is a link to."""
        return cls((Path(data_dir).resolve() / "postgres").resolve())

    @property
    def cluster(self) -> Path:
        return self.path / "cluster"

    @property
    def pid_file(self) -> Path:
        return self.cluster / "postmaster.pid"

    @property
    def log(self) -> Path:
        return self.path / "server.log"

    @property
    def lease(self) -> Path:
        return self.path / "lease"

    @property
    def alive(self) -> Path:
        return self.path / "alive"

    @property
    def programs(self) -> Path:
        """The server's own copy of its programs, where it cannot use the package's."""
        return self.path.with_name(f"{self.path.name}-programs")


def failure(folder: Folder, what: str) -> EmbeddedPostgresError:
    """The error, with the log's path where there is something in the log to read."""
    return EmbeddedPostgresError(f"The embedded PostgreSQL {what}{_log_of(folder)}.")


def _log_of(folder: Folder) -> str:
    try:
        return f" (log: {folder.log})" if os.stat(folder.log).st_size else ""  # noqa: PTH116
    except OSError:
        return ""
