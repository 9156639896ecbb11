"""Keeps the databases of a test run in memory if there is room, and removes them after the run.

Tests commit many thousand times, and a disk is slow to confirm each commit.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.embedded_postgres import remove, stop_if_unused
from scripts.setup import DATA

MEMORY = Path("/dev/shm")  # noqa: S108 - mkdtemp makes names nobody can take before us
ROOM_BYTES = 4_000_000_000


def memory() -> Path | None:
    """A folder in memory that has room for many databases and from which programs can run."""
    if not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < ROOM_BYTES:
        return None
    return None if os.statvfs(MEMORY).f_flag & os.ST_NOEXEC else MEMORY


@contextmanager
def scratch_data() -> Iterator[Path]:
    """The folder of one run. On disk its database stays, so that the next run can reuse it."""
    in_memory = memory()
    if in_memory is None:
        with _temporary_files(DATA / "test"):
            yield DATA / "test"
        return
    folder = Path(tempfile.mkdtemp(prefix="casino-tests-", dir=in_memory))
    folder.chmod(0o711)  # root's database runs as another user, who must be able to enter
    try:
        with _temporary_files(folder):
            yield folder
    finally:
        stop_if_unused(folder)
        remove(folder)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _temporary_files(folder: Path) -> Iterator[None]:
    """Remove what tests put into temporary folders after the run, even if it is interrupted."""
    temporary = folder / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    temporary.chmod(0o711)
    os.environ["TMPDIR"] = str(temporary)
    try:
        yield
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
