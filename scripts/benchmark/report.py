"""The report: Markdown that also reads well on a terminal, and plots next to it."""

import os
import platform
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from scripts.benchmark import charts, growth, variants
from scripts.benchmark.arguments import Options
from scripts.benchmark.auditing import Audit
from scripts.benchmark.charts import Bar
from scripts.benchmark.figures import Interval, middle
from scripts.benchmark.scenarios import DEBIT, FIXED, FLOOR, LIMIT, LIMIT_HOT, PLAIN, Results
from scripts.benchmark.summary import Summary, Target, compare, ratio, summarise, targets
from scripts.setup import ROOT

Row = Sequence[str]


@dataclass(slots=True)
class Findings:
    """Everything that a benchmark found."""

    options: Options
    results: Results = field(default_factory=dict)
    growth: Results = field(default_factory=dict)
    audits: list[Audit] = field(default_factory=list)
    load_before: float = 0.0
    took_seconds: float = 0.0
    memory: list[int] = field(default_factory=list)
    """Bytes of private memory of each worker after the measurement."""

    def failures(self) -> Iterator[str]:
        for (name, connections), runs in {**self.results, **self.growth}.items():
            wrong = sum(run.wrong for run in runs)
            if wrong:
                yield f"{name}, {connections} connections: {wrong} wrong answers"
        for audit in self.audits:
            for broken in audit.broken[:10]:
                yield f"audit of {audit.database}: {broken}"


def write(findings: Findings) -> Path:
    """Write into the folder that the options name; returns the report's path."""
    folder = findings.options.output
    folder.mkdir(parents=True, exist_ok=True)
    for name, drawing in _drawings(findings):
        (folder / name).write_text(drawing)
    path = folder / "report.md"
    path.write_text("\n".join(lines(findings)) + "\n")
    return path


def lines(findings: Findings) -> Iterator[str]:
    yield "# Benchmark"
    yield ""
    yield from _circumstances(findings)
    for failure in findings.failures():
        yield f"- **FAILED**: {failure}"
    yield from _targets(findings)
    for title, connections in (("8", (8,)), ("1, 32 and 64", (1, 32, 64))):
        yield from _closed_loop(findings, f"Closed loop, {title} connections", connections)
    yield from _together(findings)
    yield from _fixed(findings)
    yield from _growth(findings)
    yield from _audits(findings)


def variant_lines(findings: Findings) -> Iterator[str]:
    """A comparison of servers: the figures, and the ratios of all servers to the first."""
    results, options = findings.results, findings.options
    rows = [(key[0], *_figures(summarise(*key, runs))) for key, runs in results.items()]
    yield from table(("what, server", *_FIGURES), rows)
    first, *others = options.variants
    yield f"Ratios to '{first.name}': the mean of the passes and two standard errors around it."
    yield "CPU is per request; 'CPU' is that of application and PostgreSQL together."
    yield ""
    ratios = []
    for workload in options.workloads:
        for key in (variants.named(workload, other, options.connections) for other in others):
            found = compare(
                results[key], results[variants.named(workload, first, options.connections)]
            )
            ratios.append((key[0], *map(_interval, found)))
    yield from table(("what, server", "app CPU", "PG CPU", "CPU", "req/s"), ratios)


def table(header: Row, rows: Sequence[Row]) -> Iterator[str]:
    """The first column is left-aligned, the figures right-aligned."""
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]

    def line(row: Row) -> str:
        first, *others = (
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        return f"| {' | '.join([first, *others])} |"

    yield line(header)
    yield line(["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])])
    yield from map(line, rows)
    yield ""


_FIGURES = ("req/s", "p50 ms", "p95", "p99", "max", "errors", "app µs", "PG µs", "gen µs")


def _figures(summary: Summary) -> Row:
    return (
        f"{summary.per_second:,.0f}",
        *(f"{each:.2f}" for each in (summary.p50, summary.p95, summary.p99, summary.worst)),
        str(summary.wrong),
        *(
            f"{cpu:.0f}" if cpu else "-"
            for cpu in (summary.app_cpu, summary.database_cpu, summary.generator_cpu)
        ),
    )


def _interval(found: Interval | None) -> str:
    return "-" if found is None else f"{found.mean:.3f} [{found.low:.3f}, {found.high:.3f}]"


def _times(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _circumstances(findings: Findings) -> Iterator[str]:
    options = findings.options
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    ).stdout.strip()  # fmt: skip
    packages = ", ".join(f"{name} {version(name)}" for name in ("Django", "httptools", "psycopg"))
    yield f"- {datetime.now(UTC):%Y-%m-%d}, commit {commit or 'unknown'}"
    yield (
        f"- {_processor()}, {os.cpu_count()} cores shared by PostgreSQL, server and generator;"
        f" load average {findings.load_before:.1f} before, {os.getloadavg()[0]:.1f} after"
    )
    yield f"- Python {platform.python_version()}, {packages}, embedded PostgreSQL"
    yield (
        f"- {options.passes} passes of {options.seconds:g} s, alternating;"
        f" {findings.took_seconds / 60:.0f} minutes in all. Throughput is the median of the passes,"
        " ratios are taken pass by pass, latencies over all passes."
    )
    yield "- CPU is microseconds per request: application, PostgreSQL, load generator."
    yield ""


def _processor() -> str:
    try:
        found = [
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ]
    except OSError:
        found = []
    return found[0] if found else platform.machine()


def _targets(findings: Findings) -> Iterator[str]:
    found: list[Target] = targets(findings.results, findings.growth, findings.options.growth)
    rows = [
        (each.what, each.wanted, _times(each.measured), "yes" if each.is_met else "**no**")
        for each in found
        if each.measured is not None
    ]
    if rows:
        yield "## Targets"
        yield ""
        yield from table(("what", "target", "measured", "met"), rows)


def _closed_loop(findings: Findings, title: str, connections: tuple[int, ...]) -> Iterator[str]:
    results = findings.results
    rows = [
        (
            key[0],
            str(key[1]),
            *_figures(summarise(*key, runs)),
            _times(ratio(results, key, (LIMIT, 8))),
            _times(ratio(results, key, (DEBIT, 8))),
        )
        for key, runs in results.items()
        if key[1] in connections and key[0] != FIXED
    ]
    if not rows:
        return
    yield f"## {title}"
    yield ""
    if connections == (8,):
        yield "![Throughput](throughput.svg)"
        yield ""
    yield from table(("what", "conn.", *_FIGURES, "to pgbench", "to debit"), rows)


def _together(findings: Findings) -> Iterator[str]:
    """How many operations shared a database transaction, and what the workers hold in memory."""
    rows = [
        (name, str(connections), f"{100 * middle(shares):.0f} %")
        for (name, connections), runs in findings.results.items()
        if (shares := [run.together for run in runs if run.together is not None])
    ]
    if rows:
        yield "## Posted together"
        yield ""
        yield "The part of the operations that shared a database transaction with others."
        yield ""
        yield from table(("what", "conn.", "together"), rows)
    if findings.memory:
        megabytes = ", ".join(f"{each / 2**20:.0f}" for each in findings.memory)
        yield f"Memory that each worker has to itself: {megabytes} MiB."
        yield ""


def _fixed(findings: Findings) -> Iterator[str]:
    for key, runs in findings.results.items():
        if key[0] == FIXED:
            yield "## Fixed rate"
            yield ""
            yield (
                "Open loop: a request is due every 2 ms, whatever happened to those before it, and"
                " its latency counts from when it was due."
            )
            yield ""
            yield "![Latencies](latency.svg)"
            yield ""
            yield from table(("what", *_FIGURES), [(key[0], *_figures(summarise(*key, runs)))])


def _growth(findings: Findings) -> Iterator[str]:
    if not findings.growth:
        return
    yield "## Growth"
    yield ""
    yield "![Growth](growth.svg)"
    yield ""
    sizes = findings.options.growth
    rows = []
    for what in (DEBIT, *growth.READS):
        connections = _connections(findings.growth, growth.named(what, sizes[0]))
        first = (growth.named(what, sizes[0]), connections)
        for size in sizes:
            key = (growth.named(what, size), connections)
            summary = summarise(*key, findings.growth[key])
            to_first = _times(ratio(findings.growth, key, first))
            rows.append((key[0], str(connections), *_figures(summary), to_first))
    yield from table(("what", "conn.", *_FIGURES, "to the first"), rows)


def _connections(results: Results, name: str) -> int:
    return next(connections for found, connections in results if found == name)


def _audits(findings: Findings) -> Iterator[str]:
    if not findings.audits:
        return
    yield "## Audit"
    yield ""
    yield "The cents were counted after every run, then every invariant and chain was audited:"
    yield ""
    rows = [
        (audit.database, f"{audit.transactions:,}", f"{audit.seconds:.0f}", str(len(audit.broken)))
        for audit in findings.audits
    ]
    yield from table(("database", "transactions", "seconds", "broken"), rows)


def _drawings(findings: Findings) -> Iterator[tuple[str, str]]:
    at_eight = [summarise(*key, runs) for key, runs in findings.results.items() if key[1] == 8]
    if at_eight:
        kinds = dict.fromkeys((LIMIT, LIMIT_HOT, FLOOR), "limit") | {PLAIN: "scale"}
        rows = [
            Bar(each.name, each.per_second, f"{each.per_second:,.0f}", kinds.get(each.name, "ours"))
            for each in at_eight
            if each.name != FLOOR  # it would dwarf the others
        ]
        yield "throughput.svg", charts.bars("Requests per second, 8 connections", rows)
    for key, runs in findings.results.items():
        if key[0] == FIXED:
            found = summarise(*key, runs)
            named = {"p50": found.p50, "p95": found.p95, "p99": found.p99, "max": found.worst}
            rows = [Bar(name, value, f"{value:.1f} ms") for name, value in named.items()]
            yield "latency.svg", charts.bars(f"Latency of a {FIXED}", rows)
    if findings.growth:
        rows = [
            Bar(each.name, each.per_second, f"{each.per_second:,.0f}")
            for key, runs in findings.growth.items()
            if key[0].startswith((DEBIT, *growth.READS[:2]))
            for each in [summarise(*key, runs)]
        ]
        yield "growth.svg", charts.bars("Requests per second as the ledger grows", rows)
