"""A folder in memory where every worker counts, so that each of them knows the sums."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# In memory, counting needs no disk and works even if the disk is full.
MEMORY = Path("/dev/shm")  # noqa: S108 - the folder in it is made safely
_NAME = re.compile(r"casino-metrics-(\d+)-.*")


@contextmanager
def shared_metrics() -> Iterator[None]:
    """The folder exists while the server runs. It must be named before the metrics are loaded."""
    parent = MEMORY if os.access(MEMORY, os.W_OK) else Path(tempfile.gettempdir())
    _remove_those_left_behind(parent)
    prefix = f"casino-metrics-{os.getpid()}-"
    with tempfile.TemporaryDirectory(
        prefix=prefix, dir=parent, ignore_cleanup_errors=True
    ) as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        yield


def _remove_those_left_behind(parent: Path) -> None:
    """Remove the folders of servers that were killed."""
    for folder in parent.iterdir():
        owner = _NAME.fullmatch(folder.name)
        if owner and not _runs(int(owner[1])):
            shutil.rmtree(folder, ignore_errors=True)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
