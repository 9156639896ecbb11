"""Where the databases of a test run lie: in memory where there is room, and gone with the run.

Tests commit many thousand times, and a disk takes its time to say that it has written.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.embedded_postgres import stop_if_unused
from scripts.setup import DATA

MEMORY = Path("/dev/shm")  # noqa: S108 - mkdtemp makes names nobody can take before us
ROOM_BYTES = 4_000_000_000


def memory() -> Path | None:
    """A folder in memory that many databases have room in, and that programs run from."""
    if not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < ROOM_BYTES:
        return None
    return None if os.statvfs(MEMORY).f_flag & os.ST_NOEXEC else MEMORY


@contextmanager
def scratch_data() -> Iterator[Path]:
    """On disk it stays, so that the next run need not make it."""
    in_memory = memory()
    if in_memory is None:
        yield DATA / "test"
        return
    folder = Path(tempfile.mkdtemp(prefix="casino-tests-", dir=in_memory))
    try:
        yield folder
    finally:
        if stop_if_unused(folder):
            shutil.rmtree(folder, ignore_errors=True)
