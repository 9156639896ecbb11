"""The operating system's user that the server runs as: never root, which PostgreSQL refuses."""

import os
import pwd
import stat
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from config.embedded_postgres.layout import EmbeddedPostgresError, Folder, failure

ROOTS_SUBSTITUTE = "pgserver"


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    uid: int
    gid: int


def account_of(folder: Folder) -> Account:
    """The user that the server runs as: oneself; for root, the data's owner or a substitute."""
    try:
        entry = pwd.getpwuid(os.geteuid() or folder.path.stat().st_uid)
    except KeyError:
        raise failure(folder, f"needs a user name, and user {os.geteuid()} has none") from None
    if entry.pw_uid == 0:
        entry = _roots_substitute()
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _roots_substitute() -> pwd.struct_passwd:
    command = ["useradd", "--system", "--no-create-home", "--shell=/usr/sbin/nologin"]
    complaint = ""
    for _ in range(10):  # somebody else may be adding a user at this moment
        with suppress(KeyError):
            return pwd.getpwnam(ROOTS_SUBSTITUTE)
        try:
            result = subprocess.run(  # noqa: S603 - a fixed command
                [*command, ROOTS_SUBSTITUTE], capture_output=True, text=True, check=False
            )
            complaint = result.stderr.strip()
        except OSError as error:
            complaint = str(error)
        time.sleep(0.1)
    raise EmbeddedPostgresError(
        f"PostgreSQL does not run as root, and the user {ROOTS_SUBSTITUTE} cannot be added:"
        f" {complaint or 'useradd failed'}"
    )


def give(path: Path, account: Account) -> None:
    if os.geteuid() == 0:
        os.chown(path, account.uid, account.gid)


def open_the_way(data: Path, package: Path) -> None:
    """Root only: let the server pass the folders above, and read the package's files."""
    for parent in {*data.parents, *package.parents}:
        _add_permissions(parent, stat.S_IXOTH)
    for tree in (package, package.with_name(f"{package.name}.libs")):
        for path in [tree, *tree.rglob("*")] if tree.exists() else []:
            mode = path.stat().st_mode
            _add_permissions(path, stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))


def _add_permissions(path: Path, wanted: int) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & wanted != wanted:
        path.chmod(mode | wanted)
