"""The files and folders of an embedded server, and the error that says what is wrong with it."""

import os
from dataclasses import dataclass
from pathlib import Path


class EmbeddedPostgresError(Exception):
    """The embedded server cannot be used. The message is one line for the user."""


@dataclass(frozen=True, slots=True)
class Folder:
    path: Path

    @classmethod
    def below(cls, data_dir: Path) -> "Folder":
        """`postgres` in the data directory, or the folder elsewhere that it links to."""
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
        """The server's own copy of its programs, if it cannot use those of the package."""
        return self.path.with_name(f"{self.path.name}-programs")


def failure(folder: Folder, what: str) -> EmbeddedPostgresError:
    """The error, with the path of the log unless the log is empty."""
    return EmbeddedPostgresError(f"The embedded PostgreSQL {what}{_log_of(folder)}.")


def _log_of(folder: Folder) -> str:
    try:
        return f" (log: {folder.log})" if os.stat(folder.log).st_size else ""  # noqa: PTH116
    except OSError:
        return ""
