"""The arguments of `scripts/failover`."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

from scripts.failover_cluster.cases import CASES, QUICK, Case
from scripts.failover_cluster.trial import WAYS


@dataclass(frozen=True, slots=True)
class Options:
    ways: list[str]
    only: list[str]
    """Names of cases; empty for all."""

    def cases(self, way: str) -> list[Case]:
        return [
            case
            for case in CASES
            if (not self.only or case.name in self.only)
            and not (case.needs_haproxy and way == "hosts")
        ]


def parse(arguments: Sequence[str]) -> Options:
    """Exits with a usage line if an argument is wrong."""
    parser = argparse.ArgumentParser(
        prog="scripts/failover",
        allow_abbrev=False,
        description="Build the cluster of deploy/ha, make parts of it fail under load, and report."
        " A run of all cases writes its tables into docs/scaling.md.",
    )
    parser.add_argument("--quick", action="store_true", help=f"only {', '.join(QUICK)}")
    parser.add_argument("--only", metavar="CASE,…", help=", ".join(case.name for case in CASES))
    parser.add_argument("--through", metavar="WAY,…", help=f"{', '.join(WAYS)}; default: all")
    given = parser.parse_args(arguments)
    only = _names(parser, given.only, [case.name for case in CASES])
    ways = _names(parser, given.through, [*WAYS]) or [*WAYS]
    return Options(ways, [*QUICK] if given.quick else only)


def _names(parser: argparse.ArgumentParser, given: str | None, known: Sequence[str]) -> list[str]:
    names = given.split(",") if given else []
    for name in names:
        if name not in known:
            parser.error(f"there is no {name}; there are {', '.join(known)}")
    return names
