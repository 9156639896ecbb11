"""`scripts/bench`: exits with 1 if an answer was wrong, a cent is missing or an audit fails."""

import os
import signal
import sys
import time

from scripts.benchmark import arguments, databases
from scripts.benchmark.arguments import Options
from scripts.setup.terminal import one_line_for_errors, say


def main() -> int:
    options = arguments.parse(sys.argv[1:])
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that SIGTERM cleans up too
    with one_line_for_errors("scripts/bench"), databases.own_postgres("seeded", options.data):
        return _measure(options)


def _measure(options: Options) -> int:
    # These import Django's models, which need the database to exist.
    from scripts.benchmark import report, sections  # noqa: PLC0415

    began = time.monotonic()
    findings = report.Findings(options, load_before=os.getloadavg()[0])
    if options.variants:
        sections.compare_variants(findings)
        for line in report.variant_lines(findings):
            say(line)
    else:
        sections.measure_all(findings)
        findings.took_seconds = time.monotonic() - began
        path = report.write(findings)
        for line in report.lines(findings):
            say(line)
        say(f"Written to {path}.")
    failures = list(findings.failures())
    for failure in failures:
        say(f"FAILED: {failure}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
