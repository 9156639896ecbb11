"""Where everything of one embedded server lies, and the error that says what is wrong with it."""

from dataclasses import dataclass
from pathlib import Path


class EmbeddedPostgresError(Exception):
    """The embedded server cannot be had; the message is one line for a person."""


@dataclass(frozen=True, slots=True)
class Folder:
    path: Path

    @classmethod
    def below(cls, data_dir: Path) -> "Folder":
        return cls(Path(data_dir).resolve() / "postgres")

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


def failure(folder: Folder, what: str) -> EmbeddedPostgresError:
    return EmbeddedPostgresError(f"The embedded PostgreSQL {what} (log: {folder.log}).")
