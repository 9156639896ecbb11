"""The table of a run: printed, and written into `docs/scaling.md` between its marks."""

import platform
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from scripts.failover_cluster.load import NOT_KNOWN, TIMED_OUT
from scripts.failover_cluster.trial import WAYS, Outcome
from scripts.setup import ROOT

PAGE = ROOT / "docs" / "scaling.md"
_NAMES = {TIMED_OUT: "time-out", NOT_KNOWN: "500 (not known)"}
_HEAD = """\
| case | without an answer | back after | slowest | seen besides 200 | what the ledger says |
|---|---:|---:|---:|---|---|
"""


def table(outcomes: Sequence[Outcome]) -> str:
    return _HEAD + "".join(f"| {' | '.join(_cells(each))} |\n" for each in outcomes)


def _cells(outcome: Outcome) -> list[str]:
    return [
        outcome.case.title,
        f"{outcome.silent_seconds:.1f} s",
        f"{outcome.back_after_seconds:.1f} s",
        f"{outcome.slowest_seconds:.1f} s",
        _statuses(outcome.statuses),
        str(outcome.verdict),
    ]


def _statuses(statuses: Counter[int]) -> str:
    seen = sorted(statuses.keys() - {200}, reverse=True)
    return ", ".join(f"{_NAMES.get(each, each)} × {statuses[each]}" for each in seen) or "–"


def write(tables: Mapping[str, str], path: Path = PAGE) -> None:
    """Replace the tables of these ways, and leave the others."""
    text = path.read_text()
    for way, lines in tables.items():
        text = with_table(text, way, lines)
    path.write_text(text)


def with_table(text: str, way: str, lines: str) -> str:
    """``text`` with a new table between the marks of ``way``."""
    begin, end = f"<!-- failover: {way} -->\n", f"<!-- end of failover: {way} -->"
    head, found, rest = text.partition(begin)
    _, found_end, tail = rest.partition(end)
    if not found or not found_end:
        raise ValueError(f"the page has no marks for {way}")
    when = time.strftime("%Y-%m-%d", time.gmtime())
    said = f"{WAYS[way].capitalize()}, {when}, {_machine()}:\n\n"
    return f"{head}{begin}{said}{lines}{end}{tail}"


def _machine() -> str:
    cpus = re.findall(r"(?m)^processor", Path("/proc/cpuinfo").read_text())
    return f"{len(cpus)} cores, {platform.system()}"
