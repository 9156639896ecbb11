"""A benchmark with a wrong answer or a broken ledger fails and says so."""

from array import array
from pathlib import Path

import pytest

from scripts.benchmark import arguments
from scripts.benchmark.auditing import Audit
from scripts.benchmark.load import Run
from scripts.benchmark.report import Findings, lines, table, variant_lines, write
from scripts.benchmark.scenarios import DEBIT, EVENT, FIXED, LIMIT


def a_run(requests: int, wrong: int = 0) -> Run:
    milliseconds = array("q", (n * 1_000_000 for n in range(1, requests + 1)))
    return Run(requests, 2.0, milliseconds, 0.1, 0.05, 0.01, wrong)


@pytest.fixture
def findings(tmp_path: Path) -> Findings:
    found = Findings(arguments.parse(["--output", str(tmp_path / "bench")]))
    found.results = {
        (LIMIT, 8): [a_run(1_000), a_run(500)],
        (DEBIT, 8): [a_run(400), a_run(200)],
        (EVENT, 8): [a_run(200), a_run(100)],
        (FIXED, 64): [a_run(20)],
    }
    return found


def test_targets_are_held_against_ratios(findings: Findings) -> None:
    text = "\n".join(lines(findings))
    assert _row(text, "signed debit, 8 connections, to pgbench") == ["≥ 0.65", "0.40", "**no**"]
    assert _row(text, "/event to debit") == ["≥ 0.95", "0.50", "**no**"]
    assert _row(text, "debit at 500/s: p99 in ms, no errors") == ["< 6", "20.00", "**no**"]
    assert "plain Django" not in text


def test_errors_at_the_fixed_rate_miss_the_target(findings: Findings) -> None:
    findings.results[FIXED, 64] = [a_run(20, wrong=1)]
    text = "\n".join(lines(findings))
    assert _row(text, "debit at 500/s: p99 in ms, no errors")[-1] == "**no**"


def test_wrong_answers_and_broken_ledgers_are_failures(findings: Findings) -> None:
    assert list(findings.failures()) == []
    findings.results[DEBIT, 8][1].wrong = 3
    findings.audits.append(Audit("service", 7, 0.1, ["a wallet holds the sum: casino_wallets 5"]))
    assert list(findings.failures()) == [
        "debit, 8 connections: 3 wrong answers",
        "audit of service: a wallet holds the sum: casino_wallets 5",
    ]
    assert "**FAILED**: debit, 8 connections: 3 wrong answers" in "\n".join(lines(findings))


def test_servers_are_compared_pass_by_pass_with_intervals() -> None:
    found = Findings(arguments.parse(["--variant=before:COMMIT=v1", "--workload=debit"]))
    before, now = [a_run(100), a_run(200)], [a_run(125), a_run(200)]
    found.results = {("debit, before", 8): before, ("debit, as it is", 8): now}
    text = "\n".join(variant_lines(found))
    assert "Ratios to 'before'" in text
    # The same CPU for 125 requests instead of 100 and 200 instead of 200: 0.8 and 1 per request.
    cpu = "0.900 [0.700, 1.100]"
    assert _last_row(text) == ["debit, as it is", cpu, cpu, cpu, "1.125 [0.875, 1.375]"]


def test_a_part_whose_cpu_was_not_counted_is_not_compared() -> None:
    found = Findings(arguments.parse(["--variant=before:COMMIT=v1", "--workload=debit"]))
    before, now = [a_run(100), a_run(200)], [a_run(125), a_run(200)]
    before[1].database_cpu = 0.0  # less than a tick of the clock by which it is counted
    found.results = {("debit, before", 8): before, ("debit, as it is", 8): now}
    name, app, database, both, _ = _last_row("\n".join(variant_lines(found)))
    assert (name, app, database) == ("debit, as it is", "0.900 [0.700, 1.100]", "-")
    assert both == "1.150 [0.450, 1.850]"  # 0.8 and 1.5 per request


def test_plots_lie_beside_the_report(findings: Findings) -> None:
    path = write(findings)
    assert path.name == "report.md"
    drawing = (path.parent / "throughput.svg").read_text()
    assert "pgbench, 1,000 wallets" in drawing
    assert (path.parent / "latency.svg").read_text().startswith("<svg")


def test_a_table_aligns_its_figures_to_the_right() -> None:
    assert list(table(("what", "n"), [("a", "10"), ("bcdef", "7")])) == [
        "| what  |  n |",
        "| ----- | -: |",
        "| a     | 10 |",
        "| bcdef |  7 |",
        "",
    ]


def _last_row(text: str) -> list[str]:
    line = text.rstrip().splitlines()[-1]
    return [cell.strip() for cell in line.strip("| ").split("|")]


def _row(text: str, title: str) -> list[str]:
    [line] = [line for line in text.splitlines() if line.startswith(f"| {title} ")]
    return [cell.strip() for cell in line.strip("| ").split("|")][1:]
