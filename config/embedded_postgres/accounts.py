"""The user that the server runs as. It is never root, because PostgreSQL refuses that."""

import os
import pwd
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.embedded_postgres.layout import EmbeddedPostgresError, Folder

ROOTS_SUBSTITUTE = "nobody"  # every system has this user; nothing is added to the machine
OTHERWISE = "set DATABASE_URL to a PostgreSQL server"


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    uid: int
    gid: int

    def is_oneself(self) -> bool:
        return self.uid == os.geteuid()


def account_of(folder: Folder) -> Account:
    """The user that the server runs as: the current one or, for root, the data's owner or `nobody`.

    Raises EmbeddedPostgresError if there is no such user.
    """
    uid = os.geteuid() or owner_of(folder.path)
    entry = _entry(uid)
    if entry and uid:
        return Account(entry.pw_name, uid, entry.pw_gid)
    if os.geteuid():
        raise EmbeddedPostgresError(
            f"User {uid} has no name on this machine, and PostgreSQL does not run without one:"
            f" add a line for it to /etc/passwd, or {OTHERWISE}."
        )
    return _roots_substitute()


def owner_of(path: Path) -> int:
    """The number of the path's owner; 0 (root) if the path does not exist yet."""
    with suppress(FileNotFoundError):
        return path.stat().st_uid
    return 0


def has_name(uid: int) -> bool:
    return _entry(uid) is not None


def _entry(uid: int) -> pwd.struct_passwd | None:
    with suppress(KeyError):
        return pwd.getpwuid(uid)
    return None


def _roots_substitute() -> Account:
    try:
        entry = pwd.getpwnam(ROOTS_SUBSTITUTE)
    except KeyError:
        raise EmbeddedPostgresError(
            f"PostgreSQL does not run as root, and there is no user {ROOTS_SUBSTITUTE} to run it"
            f" as: start this as another user, or {OTHERWISE}."
        ) from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def succeeds_as(account: Account, command: list[str | Path]) -> bool:
    """Whether a command succeeds as that user. Only trying reveals every obstacle."""
    try:
        return (
            subprocess.run(  # noqa: S603 - our own commands
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={"PATH": os.defpath},
                check=False,
                **user_arguments(account),
            ).returncode
            == 0
        )
    except OSError:
        return False


def can_enter(path: Path, account: Account) -> bool:
    return account.is_oneself() or succeeds_as(account, ["/bin/sh", "-c", 'cd -- "$0"', path])


def user_arguments(account: Account | None) -> dict[str, Any]:
    """The arguments that make `subprocess` run a program as that user."""
    if account is None or account.is_oneself():
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def give(path: Path, account: Account) -> None:
    if os.geteuid() == 0:
        os.chown(path, account.uid, account.gid, follow_symlinks=False)


def give_tree(path: Path, account: Account) -> None:
    for each in [path, *path.rglob("*")]:
        give(each, account)
