"""What all passes of one scenario add up to, and how it compares with another."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from scripts.benchmark.figures import Interval, middle, paired_ratio, percentile, ratio_interval
from scripts.benchmark.load import Run
from scripts.benchmark.scenarios import (
    BALANCE,
    DEBIT,
    DEBIT_HOT,
    EVENT,
    FIXED,
    LIMIT,
    LIMIT_HOT,
    PLAIN,
    REPLAY,
    Results,
)

MILLISECOND = 1_000_000


class Summary(NamedTuple):
    """Latencies in milliseconds over all passes; CPU in microseconds per request."""

    name: str
    connections: int
    per_second: float
    p50: float
    p95: float
    p99: float
    worst: float
    wrong: int
    app_cpu: float
    database_cpu: float
    generator_cpu: float


def summarise(name: str, connections: int, runs: Sequence[Run]) -> Summary:
    latencies = sorted(nanoseconds for run in runs for nanoseconds in run.latencies)
    requests = sum(run.requests for run in runs)

    def a_request(cpu: float) -> float:
        return cpu / requests * 1e6

    return Summary(
        name=name,
        connections=connections,
        per_second=middle([run.per_second for run in runs]),
        p50=percentile(latencies, 50) / MILLISECOND,
        p95=percentile(latencies, 95) / MILLISECOND,
        p99=percentile(latencies, 99) / MILLISECOND,
        worst=latencies[-1] / MILLISECOND,
        wrong=sum(run.wrong for run in runs),
        app_cpu=a_request(sum(run.app_cpu for run in runs)),
        database_cpu=a_request(sum(run.database_cpu for run in runs)),
        generator_cpu=a_request(sum(run.generator_cpu for run in runs)),
    )


def ratio(results: Results, these: tuple[str, int], those: tuple[str, int]) -> float | None:
    """Throughput ÷ throughput, pass by pass; None if one was not measured."""
    if these not in results or those not in results:
        return None
    return paired_ratio(
        [run.per_second for run in results[these]], [run.per_second for run in results[those]]
    )


class Ratios(NamedTuple):
    """How a server compares with another: CPU per request of each part, and the rate.

    None where there is nothing to compare with.
    """

    app_cpu: Interval | None
    database_cpu: Interval | None
    all_cpu: Interval | None
    per_second: Interval | None


def compare(these: Sequence[Run], those: Sequence[Run]) -> Ratios:
    """``these`` ÷ ``those``, pass by pass. The generator's CPU does not count."""

    def of(figure: Callable[[Run], float]) -> Interval | None:
        return ratio_interval(list(map(figure, these)), list(map(figure, those)))

    return Ratios(
        app_cpu=of(lambda run: run.app_cpu / run.requests),
        database_cpu=of(lambda run: run.database_cpu / run.requests),
        all_cpu=of(lambda run: (run.app_cpu + run.database_cpu) / run.requests),
        per_second=of(lambda run: run.per_second),
    )


class Target(NamedTuple):
    """``measured`` is None if it was not part of this run."""

    what: str
    wanted: str
    measured: float | None
    is_met: bool


def targets(results: Results, growth: Results, sizes: Sequence[int]) -> list[Target]:
    """The targets of the money path."""
    found = [
        _at_least("signed debit, 32 connections, to pgbench", results, (DEBIT, 32), LIMIT, 1.0),
        _at_least("signed debit, 8 connections, to pgbench", results, (DEBIT, 8), LIMIT, 0.65),
        _at_least("signed debit to plain Django's", results, (DEBIT, 8), PLAIN, 8),
        _at_least("replay of a debit to a fresh debit", results, (REPLAY, 8), DEBIT, 1.5),
        _at_least("hot wallet: debit to pgbench", results, (DEBIT_HOT, 8), LIMIT_HOT, 1.2),
        _at_least("/event to debit", results, (EVENT, 8), DEBIT, 0.95),
        _cpu_at_most(
            "CPU of the application, µs: debit, 32 connections", results, (DEBIT, 32), 350
        ),
        _cpu_at_most("CPU of the application, µs: getBalance", results, (BALANCE, 8), 200),
    ]
    least, most = f"debit, {sizes[0]:,} transactions", f"debit, {sizes[-1]:,} transactions"
    title = f"debit at {sizes[-1]:,} transactions to {sizes[0]:,}"
    found.append(_at_least(title, growth, (most, 8), least, 0.95))
    for (name, connections), runs in results.items():
        if name == FIXED:
            fixed = summarise(name, connections, runs)
            is_met = fixed.p99 < 6 and fixed.wrong == 0
            found.append(Target(f"{FIXED}: p99 in ms, no errors", "< 6", fixed.p99, is_met))
    return found


def _at_least(
    what: str, results: Results, these: tuple[str, int], those: str, least: float
) -> Target:
    """Those are measured over 8 connections."""
    measured = ratio(results, these, (those, 8))
    return Target(what, f"≥ {least}", measured, measured is not None and measured >= least)


def _cpu_at_most(what: str, results: Results, key: tuple[str, int], most_us: float) -> Target:
    if key not in results:
        return Target(what, f"≤ {most_us}", None, is_met=False)
    measured = summarise(*key, results[key]).app_cpu
    return Target(what, f"≤ {most_us}", measured, measured <= most_us)
