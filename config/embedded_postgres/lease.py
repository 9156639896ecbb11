"""Tracks who uses the server: each user holds a shared lock; the last gets the exclusive lock."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from config.embedded_postgres.accounts import account_of, give
from config.embedded_postgres.layout import Folder, failure

_held: dict[Folder, int] = {}


def hold(folder: Folder) -> bool:
    """Register this process as a user. Returns False if it is one already.

    Waits while the last user stops the server.
    """
    if folder in _held:
        return False
    if not folder.alive.exists():
        _create(folder)
    lease = os.open(folder.lease, os.O_RDONLY)
    fcntl.flock(lease, fcntl.LOCK_SH)
    if not folder.lease.exists():  # removed while we waited for the lock
        os.close(lease)
        raise failure(folder, "was removed by another command; start again")
    _held[folder] = lease
    return True


def is_held(folder: Folder) -> bool:
    """Whether this process, or the one that it was forked from, is a user."""
    return folder in _held


@contextmanager
def given_up(folder: Folder) -> Iterator[bool]:
    """Stop being a user. In the block, True means that there is no user and new ones must wait."""
    lease = _held.pop(folder, None)
    if lease is not None:
        os.close(lease)
    lease = os.open(folder.lease, os.O_RDONLY)
    try:
        yield locked_at_once(lease)
    finally:
        os.close(lease)


def locked_at_once(file: int) -> bool:
    """Take the exclusive lock if it is free."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _create(folder: Folder) -> None:
    account = account_of(folder)
    give(folder.path, account)
    for path in (folder.lease, folder.log, folder.alive):
        path.touch(mode=0o600)
        give(path, account)
