"""`scripts/failover`: exits with 1 if something was lost, doubled, too slow or wrongly answered."""

import signal
import sys

from scripts.failover_cluster import arguments, report
from scripts.failover_cluster.arguments import Options
from scripts.failover_cluster.cluster import Cluster
from scripts.failover_cluster.programs import NotInstalled
from scripts.failover_cluster.trial import WAYS, Outcome, Trial, own_cluster
from scripts.setup.terminal import one_line_for_errors, say, step


def main() -> int:
    options = arguments.parse(sys.argv[1:])
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that SIGTERM cleans up too
    outcomes: dict[str, list[Outcome]] = {}
    with one_line_for_errors("scripts/failover"):
        try:
            with own_cluster() as cluster:
                for way in options.ways:
                    outcomes[way] = _run(options, cluster, way)
        except NotInstalled as missing:
            say(f"Skipped: {missing}")
    return _conclude(options, outcomes)


def _run(options: Options, cluster: Cluster, way: str) -> list[Outcome]:
    say(f"{WAYS[way]}:")
    outcomes: list[Outcome] = []
    try:
        with Trial(cluster, way) as trial:
            for case in options.cases(way):
                with step(case.title, case.name):
                    outcomes.append(trial.run(case))
                for failure in outcomes[-1].failures():
                    say(f"    FAILED: {failure}")
    except NotInstalled as missing:
        say(f"  Skipped: {missing}")
    return outcomes


def _conclude(options: Options, outcomes: dict[str, list[Outcome]]) -> int:
    tables = {way: report.table(seen) for way, seen in outcomes.items() if seen}
    for way, lines in tables.items():
        say(f"\n{WAYS[way].capitalize()}\n\n{lines}")
    has_failed = any([*each.failures()] for seen in outcomes.values() for each in seen)
    if not options.only and tables and not has_failed:
        report.write(tables)
        say(f"Written to {report.PAGE}.")
    return 1 if has_failed else 0


if __name__ == "__main__":
    sys.exit(main())
