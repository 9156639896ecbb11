"""The same load on servers that differ in one thing, in turns: what that difference is worth."""

from contextlib import ExitStack
from functools import partial

from scripts.benchmark import databases, load, population, requests, servers
from scripts.benchmark.arguments import Options, Variant
from scripts.benchmark.load import Run
from scripts.benchmark.scenarios import Results, Scenario, measure, warm_up
from scripts.benchmark.servers import Server
from scripts.setup import ROOT

CONNECTIONS = 8
BASE = Variant("as it is", {}, ROOT)
WORKLOADS = {
    "debit": requests.debits,
    "event": requests.events,
    "getBalance": requests.balances,
}


def compare(options: Options) -> Results:
    population.populate("seeded")
    with ExitStack() as held:
        scenarios = []
        for number, variant in enumerate((BASE, *options.variants)):
            database = f"variant_{number}"
            databases.copy("seeded", database)
            server = held.enter_context(
                servers.serving(database, root=variant.root, **variant.environment)
            )
            warm_up(server)
            scenarios.append(
                Scenario("variants", variant.name, CONNECTIONS, partial(_load, server, options))
            )
        return measure(scenarios, options.passes)


def _load(server: Server, options: Options) -> Run:
    workload = WORKLOADS[options.workload]()
    return load.run(server, workload, seconds=options.seconds, connections=CONNECTIONS)
