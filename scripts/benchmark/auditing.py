"""Audits the whole ledger after the benchmark, link by link."""

import re
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from casino.ledger.audit import breaks
from scripts.benchmark import databases, servers


class Audit(NamedTuple):
    database: str
    transactions: int
    seconds: float
    broken: list[str]


def audit(database: str) -> Audit:
    walked = 0

    def count(rows: int) -> None:
        nonlocal walked
        walked += rows

    began = time.monotonic()
    with databases.at(database):
        broken = [
            f"{found.invariant}: {found.table} {found.row}, {found.detail}"
            for found in breaks(progress=count)
        ]
    return Audit(database, walked, time.monotonic() - began, broken)


def audit_by(root: Path, database: str, environment: Mapping[str, str]) -> Audit:
    """Audit with the code of the checkout at ``root``, which knows its own tables."""
    began = time.monotonic()
    ended = subprocess.run(
        [servers.python_of(root), "manage.py", "audit_ledger"],
        cwd=root,
        env={**servers.environment_at(database), **databases.NO_TIME_LIMITS, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    walked = re.search(r"(\d+) transactions", ended.stderr)
    broken = [] if ended.returncode == 0 and walked else [ended.stdout + ended.stderr]
    transactions = int(walked[1]) if walked else 0
    return Audit(database, transactions, time.monotonic() - began, broken)
