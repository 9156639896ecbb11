"""Decides where the server's data is: in the data directory or, if that is impossible, in /var/tmp.

If root starts the server, it runs as another user, who may not be able to enter root's folders. And
initdb passes paths to a shell, which interprets some characters. In both cases the data directory
gets a link to a folder below /var/tmp. The folder has a random name, so nobody can create it in
advance, and it is used only if its owner is also the owner of the link.
"""

import os
import re
import shutil
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from config.embedded_postgres.accounts import (
    OTHERWISE,
    Account,
    account_of,
    can_enter,
    give,
    has_name,
    owner_of,
    succeeds_as,
)
from config.embedded_postgres.layout import EmbeddedPostgresError, Folder
from config.embedded_postgres.programs import is_plain, package_or_its_place

ELSEWHERE = Path("/var/tmp").resolve()  # noqa: S108 - mkdtemp makes names nobody can take before us
PREFIX = "casino-postgres-"
LINKED_FROM = "linked-from"  # a file that names the link


def settle(data_dir: Path) -> Folder:
    """The folder of this data directory's server. Creates it if it is missing.

    Raises EmbeddedPostgresError and OSError.
    """
    path = own_path(data_dir)
    if path.is_symlink():
        _require_ours(path)
    elif not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        account = account_of(Folder(path))
        _require_usable(account)
        if _may_lie_in(path.parent, account):
            _make(path, account)
        else:
            _make_elsewhere(path, account)
    return Folder.below(data_dir)


def own_path(data_dir: Path) -> Path:
    """The folder of this data directory, or the link to it, which need not exist yet.

    If a clone was copied with its link, the link is removed, so that two clones share no database.
    Raises EmbeddedPostgresError and OSError.
    """
    path = Path(data_dir).resolve() / "postgres"
    if path.is_symlink() and _is_of_a_copied_clone(path):
        path.unlink()
    folder = Folder.below(data_dir)
    if folder.path.parent.parent != ELSEWHERE and folder.path.is_dir():
        _require_no_other_files(folder)
    return path


def _require_no_other_files(folder: Folder) -> None:
    """Neither use nor remove a folder of this name that somebody else has put files into."""
    ours = {each.name for each in (folder.lease, folder.alive, folder.cluster)}
    names = {each.name for each in folder.path.iterdir()}
    if names and not names & ours:
        raise EmbeddedPostgresError(
            f"{folder.path} contains files that are not this project's database: move them away,"
            " or name another folder in EMBEDDED_DATA_DIR."
        )


def _require_usable(account: Account) -> None:
    if not account.is_oneself() and not succeeds_as(account, ["/bin/sh", "-c", ":"]):
        raise EmbeddedPostgresError(
            f"PostgreSQL does not run as root, and this root cannot run it as {account.name}:"
            f" start this as another user, or {OTHERWISE}."
        )


def _may_lie_in(data_dir: Path, account: Account) -> bool:
    if re.search(r"[\n\r]", str(data_dir)):
        return False
    if is_plain(data_dir) or is_plain(package_or_its_place()):
        return can_enter(data_dir, account)
    return False  # neither the package's programs nor a copy next to the data can be used


def _make(path: Path, account: Account) -> None:
    with suppress(FileExistsError):  # another process was faster
        path.mkdir(mode=0o700)
        give(path, account)


def _make_elsewhere(link: Path, account: Account) -> None:
    """Create a folder that root owns and the account may pass, and the account's folder in it."""
    top = Path(tempfile.mkdtemp(prefix=PREFIX, dir=ELSEWHERE))  # mode 700
    if not account.is_oneself():
        os.chown(top, os.geteuid(), account.gid)
        top.chmod(0o710)
    _make(top / "postgres", account)
    (top / LINKED_FROM).write_bytes(os.fsencode(link))
    try:
        link.symlink_to(top / "postgres")
    except FileExistsError:
        shutil.rmtree(top)


def _is_of_a_copied_clone(link: Path) -> bool:
    """Whether the clone that made the folder still exists. A moved clone keeps its data."""
    note = Path(os.readlink(link)).parent / LINKED_FROM  # noqa: PTH115 - not resolved
    try:
        maker = Path(os.fsdecode(note.read_bytes()))
    except OSError:
        return False
    if maker == link:
        return False
    if maker.is_symlink() and os.readlink(maker) == os.readlink(link):  # noqa: PTH115
        return True
    note.write_bytes(os.fsencode(link))
    return False


def _require_ours(link: Path) -> None:
    """Temporary folders are cleaned up, so somebody else may have made this one since."""
    target = Path(os.readlink(link))  # noqa: PTH115 - as it was written, not resolved
    if not target.is_absolute() or target.parent.parent != ELSEWHERE:
        return  # a user made this link
    try:
        top = os.lstat(target.parent)
        target.lstat()
    except FileNotFoundError:
        raise EmbeddedPostgresError(
            f"The database in {target.parent} is gone, perhaps cleaned up with other temporary"
            " files. scripts/reset removes what is left, so that you can start again."
        ) from None
    closed = stat.S_ISDIR(top.st_mode) and not top.st_mode & 0o022
    if not closed or top.st_uid != link.lstat().st_uid:
        raise EmbeddedPostgresError(
            f"{target.parent} is not trusted: somebody else made it or may write to it."
            " Run scripts/reset to get a new folder for the database."
        )


def remove(data_dir: Path) -> None:
    """Delete the data and the copy of the programs. The server must be down."""
    path = Path(data_dir).resolve() / "postgres"
    folder = Folder.below(data_dir)
    if path.is_symlink():
        with suppress(EmbeddedPostgresError):  # the folder is gone or is not ours
            _require_ours(path)
            top = folder.path.parent
            shutil.rmtree(top if top.parent == ELSEWHERE else folder.path)
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)
    if folder.programs.exists():
        shutil.rmtree(folder.programs)


def notes(data_dir: Path) -> list[str]:
    """Lines that the user should read before the server starts. Creates the data's folder."""
    folder = settle(data_dir)
    account = account_of(folder)
    told = []
    if not account.is_oneself():
        told.append(
            f"You are root, and PostgreSQL refuses to run as root: it runs as the user"
            f" {account.name}. Nothing else on this machine is changed."
        )
        if not has_name(owner_of(folder.path)):
            told.append(
                f"Its files belong to user {owner_of(folder.path)}, who no longer exists:"
                f" {account.name} becomes their owner."
            )
    if folder.path.parent.parent == ELSEWHERE:
        why = (
            "PostgreSQL cannot handle a character in this folder's path"
            if not is_plain(Path(data_dir).resolve())
            else f"{account.name} cannot enter {Path(data_dir).resolve()}"
        )
        told.append(f"{why}, so the database is in {folder.path.parent}; scripts/reset removes it.")
    return told
