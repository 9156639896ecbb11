"""Runs the sections of a benchmark one after the other, with an audit after each."""

from scripts.benchmark import growth, population, variants
from scripts.benchmark.auditing import audit
from scripts.benchmark.report import Findings
from scripts.benchmark.scenarios import Bench, measure
from scripts.setup.terminal import say, step

CLOSED_LOOP = {"limit", "floor", "service", "connections", "plain"}


def measure_all(findings: Findings) -> None:
    options = findings.options
    with step("making the database and its players", f"{population.PLAYERS:,} players made"):
        population.populate("seeded")
    if {*CLOSED_LOOP, "fixed"} & {*options.sections}:
        with Bench(options) as bench:
            say("  measuring")
            findings.results.update(measure(bench.scenarios(), options.passes))
            findings.memory = bench.memory()
            if "fixed" in options.sections:
                findings.results.update(measure([bench.fixed_rate()], 1))
        _audit(findings, "service")
    if "growth" in options.sections:
        growth.fill(options)
        say("  measuring")
        findings.growth.update(growth.measure_growth(options))
        for size in options.growth:
            _audit(findings, growth.name_of(size))


def compare_variants(findings: Findings) -> None:
    results, audits = variants.compare(findings.options)
    findings.results.update(results)
    findings.audits += audits


def _audit(findings: Findings, database: str) -> None:
    with step(f"auditing {database}", f"{database} audited"):
        findings.audits.append(audit(database))
