"""The audit of the whole ledger after the benchmark, link by link."""

import time
from typing import NamedTuple

from casino.ledger.audit import breaks
from scripts.benchmark import databases


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
