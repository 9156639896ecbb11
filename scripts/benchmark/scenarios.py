"""The measured scenarios, in passes: each has its turn, and every second pass goes backwards."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from typing import NamedTuple

from casino.models import Kind, Transaction
from scripts.benchmark import databases, load, pgbench, population, probes, requests, servers
from scripts.benchmark.arguments import Options
from scripts.benchmark.load import Run
from scripts.benchmark.population import HOT, SEATS, Seat
from scripts.benchmark.requests import Bet, Request, Workload
from scripts.benchmark.servers import Server
from scripts.setup.terminal import say, step

PLAIN_SETTINGS = "scripts.benchmark.plain.settings"
MOST_STOCK_A_SECOND = 2_500
MOST_CHEAP_A_SECOND = 20_000  # of requests that are made once and sent often
FIXED_RATE = 500
REPLAYED = 2_000

LIMIT, LIMIT_HOT = "pgbench, 1,000 wallets", "pgbench, one hot wallet"
FLOOR = "no-op"
DEBIT, DEBIT_HOT = "debit", "debit, one hot wallet"
PLAIN = "plain Django debit"
EVENT, REPLAY, BALANCE = "/event, a bet", "replay of a debit", "getBalance"
MIX, MIX_ZIPF = "60 debits, 35 credits, 5 rollbacks", "the same, some wallets hot (Zipf)"
FIXED = f"debit at {FIXED_RATE}/s"


class Scenario(NamedTuple):
    """``name`` and ``connections`` identify it."""

    section: str
    name: str
    connections: int
    measure: Callable[[], Run]


Results = dict[tuple[str, int], list[Run]]


def measure(scenarios: Sequence[Scenario], passes: int) -> Results:
    results: Results = {(each.name, each.connections): [] for each in scenarios}
    for number in range(passes):
        for scenario in scenarios if number % 2 == 0 else scenarios[::-1]:
            run = scenario.measure()
            results[scenario.name, scenario.connections].append(run)
            say(
                f"    {number + 1}/{passes}  {scenario.name:32} {scenario.connections:3}"
                f" connections {run.per_second:9,.0f}/s"
                + (f"   {run.wrong} WRONG ANSWERS" if run.wrong else "")
            )
    return results


class Bench:
    """The databases and servers of all sections but growth; they run while the block does."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._held = ExitStack()

    def __enter__(self) -> "Bench":
        databases.copy("seeded", "bare")
        databases.copy("seeded", "service")
        if needed := self._stock_needed():
            with step(f"placing {needed:,} bets to settle", f"{needed:,} bets placed"):
                population.lay_open_bets("service", -(-needed // population.IN_PLAY))
        self._stock = _standing_bets("service")
        self._server = self._held.enter_context(servers.serving("service"))
        self._plain = self._held.enter_context(servers.serving("service", settings=PLAIN_SETTINGS))
        self._primed = primed(self._server)
        self._plain_debit()
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def scenarios(self) -> list[Scenario]:
        """All but the fixed rate, if the options want them."""
        wanted = self._options.sections
        return [each for each in self._all() if each.section in wanted]

    def fixed_rate(self) -> Scenario:
        return Scenario(
            "fixed",
            FIXED,
            load.OPEN_LOOP_CONNECTIONS,
            lambda: load.run(
                self._server,
                requests.debits(),
                seconds=self._options.fixed_seconds,
                rate_per_second=FIXED_RATE,
            ),
        )

    def _all(self) -> Iterator[Scenario]:
        yield Scenario("limit", LIMIT, pgbench.CLIENTS, lambda: self._bare(population.IN_PLAY))
        yield Scenario("limit", LIMIT_HOT, pgbench.CLIENTS, lambda: self._bare(1))
        yield Scenario("floor", FLOOR, 8, self._no_op)
        yield Scenario("plain", PLAIN, 8, self._plain_debit)
        for section, connections in (("service", 8), ("connections", 1), ("connections", 32)):
            yield from self._service(section, connections)
        yield self._debit_over(64)

    def _debit_over(self, connections: int) -> Scenario:
        return Scenario(
            "connections",
            DEBIT,
            connections,
            lambda: load.run(
                self._server,
                requests.debits(),
                seconds=self._options.seconds,
                connections=connections,
            ),
        )

    def memory(self) -> list[int]:
        """Bytes of each worker of the service."""
        return probes.memory_per_worker(self._server)

    def _service(self, section: str, connections: int) -> Iterator[Scenario]:
        def of(
            name: str,
            workload: Callable[[], Workload],
            expected: bytes = load.SUCCESS,
            most: int = load.MOST_A_SECOND,
        ) -> Scenario:
            def measure() -> Run:
                return load.run(
                    self._server,
                    workload(),
                    seconds=self._options.seconds,
                    connections=connections,
                    expected=expected,
                    most_per_second=most,
                )

            return Scenario(section, name, connections, measure)

        yield of(DEBIT, requests.debits)
        yield of(DEBIT_HOT, lambda: requests.debits(HOT))
        yield of("credit", lambda: map(requests.credit, self._bets()))
        yield of("rollback", lambda: map(requests.rollback, self._bets()))
        yield of(MIX, requests.mix)
        yield of(MIX_ZIPF, lambda: requests.mix(drawn=requests.zipf))
        yield of(REPLAY, lambda: requests.replays(self._primed), most=MOST_CHEAP_A_SECOND)
        yield of(EVENT, requests.events)
        yield of("top-up", requests.top_ups, b'"transaction_id"')
        yield of(BALANCE, requests.balances)

    def _bare(self, wallets: int) -> Run:
        return pgbench.run("bare", wallets=wallets, seconds=self._options.seconds)

    def _no_op(self) -> Run:
        return load.run(
            self._plain,
            requests.no_ops(),
            seconds=self._options.seconds,
            connections=8,
            most_per_second=MOST_CHEAP_A_SECOND,
        )

    def _plain_debit(self) -> Run:
        workload = requests.debits(path="/plain/debit")
        return load.run(self._plain, workload, seconds=self._options.seconds, connections=8)

    def _bets(self) -> list[Bet]:
        """Standing bets for one run; each is used once."""
        wanted = self._stock_of_a_run()
        taken, self._stock = self._stock[:wanted], self._stock[wanted:]
        return taken

    def _stock_of_a_run(self) -> int:
        return int(MOST_STOCK_A_SECOND * self._options.seconds)

    def _stock_needed(self) -> int:
        runs = 2 * ("service" in self._options.sections)
        runs += 4 * ("connections" in self._options.sections)
        return runs * self._options.passes * self._stock_of_a_run()


def primed(
    server: Server,
    seats: Sequence[Seat] = SEATS,
    money: Callable[[Server], int] = load.stored_money,
) -> list[Request]:
    """Debits to replay, once sent. They warm the server up as well: every worker opens its
    connections, prepares its statements and fills its caches.
    """
    sent = list(islice(requests.debits(seats), REPLAYED))
    load.run(server, iter(sent), seconds=60, connections=32, money=money)
    return sent


def _standing_bets(database: str) -> list[Bet]:
    with databases.at(database):
        return [
            Bet(token or "", round_id or "", transaction_id, amount)
            for token, round_id, transaction_id, amount in Transaction.objects.filter(
                transaction_type=Kind.BET
            )
            .order_by("external_transaction_id")  # which shuffles them
            .values_list("session__session_token", "round_id", "external_transaction_id", "amount")
        ]
