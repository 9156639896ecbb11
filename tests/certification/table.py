"""Prints which case caught which mutant, at the end of a run of tests."""

import pytest

KEY = "mutant"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    rows: dict[str, set[str]] = {}
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            properties = report.user_properties if report.when == "call" else []
            for key, value in properties:
                if key == KEY:  # a list, as it came from another process
                    rows.setdefault(value[0], set()).update(value[1])
    if not rows:
        return
    terminalreporter.section("mutants and the cases that caught them")
    width = max(map(len, rows))
    for name, cases in sorted(rows.items(), key=lambda row: sorted(row[1])):
        terminalreporter.write_line(f"{name:{width}}  {' '.join(sorted(cases)) or 'NOBODY'}")
