"""Reads a server's metrics and the system's data about it: batches, and memory per worker."""

import re
import urllib.request
from typing import NamedTuple

import psutil

from scripts.benchmark.servers import Server

_COUNTED = re.compile(r"^(casino_postings(?:_together)?_total) (\S+)$", re.MULTILINE)


class Postings(NamedTuple):
    """How many operations were posted, and how many of these shared a transaction with others."""

    posted: float
    together: float


def postings(server: Server) -> Postings | None:
    """All operations since the server started. None if it does not count them (old commits)."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=10) as page:
            return read_postings(page.read().decode())
    except OSError:
        return None


def read_postings(exposition: str) -> Postings | None:
    counted = dict(_COUNTED.findall(exposition))
    if len(counted) < 2:
        return None
    return Postings(*(float(counted[f"casino_{name}_total"]) for name in _NAMES))


_NAMES = ("postings", "postings_together")


def share_together(before: Postings | None, after: Postings | None) -> float | None:
    """The share of the operations in between that shared a transaction. None if there were none."""
    if before is None or after is None or after.posted <= before.posted:
        return None
    return (after.together - before.together) / (after.posted - before.posted)


def memory_per_worker(server: Server) -> list[int]:
    """Bytes that each worker process has to itself, the largest first."""
    workers = psutil.Process(server.pid).children()
    return sorted((worker.memory_full_info().uss for worker in workers), reverse=True)
