"""Files that a run makes only once, by whichever worker needs them first."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_VARIABLE = "MADE_ONCE_IN_THIS_RUN"


@contextmanager
def folder_of_this_run() -> Iterator[None]:
    """A folder for this run; workers of pytest-xdist find it, as they inherit the environment.

    It is not one of pytest's folders: every pytest session that starts closes their common parent
    to others, also to the user that root's databases run as.
    """
    folder = Path(tempfile.mkdtemp(prefix="casino-tests-once-"))
    folder.chmod(0o711)
    os.environ[_VARIABLE] = str(folder)
    yield
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def locked(name: str) -> Iterator[Path]:
    """Lock the path of this name, so that no other worker of this run has it, and yield it."""
    path = Path(os.environ[_VARIABLE]) / name
    with path.with_name(f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield path


def made_once(name: str, make: Callable[[Path], object]) -> Path:
    """A file or folder that ``make`` made, in this worker or another. Leave it unchanged."""
    with locked(name) as path:
        complete = path.with_name(f"{name}.complete")
        if not complete.exists():
            make(path)
            complete.touch()
    return path
