"""Where this run's cluster lives: its folder, its ports, and the user who runs it."""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from config.embedded_postgres.accounts import Account, give
from scripts.failover_cluster.processes import Program
from scripts.failover_cluster.programs import Programs
from scripts.setup import ports

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Place:
    """``claims`` ends every program and gives back every port when the run ends."""

    folder: Path
    account: Account
    programs: Programs
    claims: ExitStack

    @property
    def archive(self) -> Path:
        return self.folder / "archive"

    @property
    def base_backup(self) -> Path:
        return self.folder / "base-backup"

    def port(self) -> int:
        """A free port, claimed until the run ends."""
        number, claim = ports.claim_any(LOOPBACK)
        self.claims.callback(claim.close)
        return number

    def own_folder(self, name: str) -> Path:
        path = self.folder / name
        path.mkdir(mode=0o700)
        give(path, self.account)
        return path

    def environment(self) -> dict[str, str]:
        return {
            "PATH": f"{self.programs.postgres}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.folder / "home"),
            "LANG": "C.UTF-8",
        }

    def program(self, name: str, command: list[str | Path], **environment: str) -> Program:
        made = Program(name, command, self.environment() | environment, self.folder, self.account)
        self.claims.callback(made.kill)
        return made
