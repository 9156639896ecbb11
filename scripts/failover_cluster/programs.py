"""Finds the programs that the cluster is made of. Patroni is installed from PyPI if necessary."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config.embedded_postgres.accounts import Account, give, succeeds_as, user_arguments

PATRONI = ("patroni[etcd3]==4.1.5", "psycopg[binary]==3.3.9")
OLDEST_POSTGRES = 15
OLDEST_PATRONI = (4, 0)
OLDEST_PGBOUNCER = (1, 21)
PGBOUNCER_VARIABLE = "FAILOVER_PGBOUNCER"
_OF_POSTGRES = ("postgres", "initdb", "pg_ctl", "pg_basebackup", "pg_rewind", "pg_controldata")
_SYSTEM = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"


class NotInstalled(Exception):
    """A program is missing. The message is one line."""


@dataclass(frozen=True, slots=True)
class Programs:
    """``postgres`` and ``patroni`` are folders of programs."""

    postgres: Path
    patroni: Path
    etcd: Path
    haproxy: Path


def find(folder: Path, account: Account) -> Programs:
    """The programs; ``folder`` is where Patroni may be installed, for ``account``.

    Raises NotInstalled.
    """
    etcd = _program("etcd", "etcd-server")
    haproxy = _program("haproxy", "haproxy")
    return Programs(_postgres(), _patroni(folder, account), etcd, haproxy)


def pgbouncer() -> Path:
    """A PgBouncer that can do transaction mode. Raises NotInstalled."""
    given = os.environ.get(PGBOUNCER_VARIABLE)
    found = Path(given) if given else _program("pgbouncer", "pgbouncer")
    version = _version(found)
    if version < OLDEST_PGBOUNCER:
        raise NotInstalled(
            f"PgBouncer is {'.'.join(map(str, version))}, and transaction mode needs 1.21 or newer"
            f" ({PGBOUNCER_VARIABLE} names another one)"
        )
    return found


def _program(name: str, package: str) -> Path:
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:{_SYSTEM}")
    if found is None:
        raise NotInstalled(f"{name} is not installed (on Debian: apt install {package})")
    return Path(found)


def _postgres() -> Path:
    for folder in _folders_of_postgres():
        is_complete = all((folder / name).exists() for name in _OF_POSTGRES)
        if is_complete and _version(folder / "postgres") >= (OLDEST_POSTGRES,):
            return folder
    raise NotInstalled(
        f"PostgreSQL {OLDEST_POSTGRES} or newer is not installed"
        " (on Debian: apt install postgresql)"
    )


def _folders_of_postgres() -> Iterator[Path]:
    by_version = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name)
    )
    yield from reversed(by_version)
    if found := shutil.which("pg_ctl"):
        yield Path(found).resolve().parent


def _patroni(folder: Path, account: Account) -> Path:
    installed = shutil.which("patroni")
    if installed and _version(Path(installed)) >= OLDEST_PATRONI:
        return Path(installed).parent
    return _patroni_from_pypi(folder, account)


def _patroni_from_pypi(folder: Path, account: Account) -> Path:
    """In a virtual environment of its own, with a Python that ``account`` may run."""
    environment = folder / "patroni"
    environment.mkdir()
    give(environment, account)
    quietly = ["--quiet", "--no-input", "--disable-pip-version-check", "--retries=2"]
    commands: list[list[str | Path]] = [
        [_python_for(account), "-m", "venv", environment],
        [environment / "bin" / "python", "-m", "pip", "install", *quietly, *PATRONI],
    ]
    for command in commands:
        result = subprocess.run(
            command,
            cwd=folder,
            env={"PATH": _SYSTEM, "HOME": str(environment)} | _proxies(),
            capture_output=True,
            text=True,
            check=False,
            **user_arguments(account),
        )
        if result.returncode != 0:
            reason = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise NotInstalled(f"Patroni cannot be installed from PyPI: {reason}")
    return environment / "bin"


def _python_for(account: Account) -> Path:
    for python in ("/usr/bin/python3", sys.executable, shutil.which("python3") or ""):
        if python and succeeds_as(account, [python, "-c", "import venv, ensurepip"]):
            return Path(python)
    raise NotInstalled(
        f"the user {account.name} can run no Python with the venv module, which Patroni needs"
    )


def _proxies() -> dict[str, str]:
    """What pip needs to reach PyPI from here."""
    return {
        name: value
        for name, value in os.environ.items()
        if name.lower().endswith("_proxy") or name.startswith(("PIP_", "SSL_"))
    }


def _version(program: Path) -> tuple[int, ...]:
    """(0,) if it does not report one."""
    try:
        output = subprocess.run(
            [program, "--version"], capture_output=True, text=True, check=False, timeout=20
        ).stdout
    except OSError:
        return (0,)
    found = re.search(r"(\d+)\.(\d+)", output)
    return tuple(map(int, found.groups())) if found else (0,)
