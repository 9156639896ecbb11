"""Puts the same load on different servers in turns, to measure what the difference is worth.

Each server has a database of its own, which its own code migrates, fills with the demo's players
and audits. Everything else uses HTTP, because another checkout may have other tables and columns.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from scripts.benchmark import checkouts, databases, load, requests, scenarios, servers
from scripts.benchmark.arguments import Options, Variant
from scripts.benchmark.auditing import Audit, audit_by
from scripts.benchmark.generator import HEAD_ENDS, Lane
from scripts.benchmark.load import Run
from scripts.benchmark.population import Seat
from scripts.benchmark.requests import Request, Workload
from scripts.benchmark.scenarios import Results, Scenario
from scripts.benchmark.servers import Server
from scripts.setup import SetupError
from scripts.setup.terminal import step

NUMBERS = range(1, 11)
CURRENCIES = ("EUR", "USD", "INR")
GAME = "neon-dice"
FUNDS = 10**12
"""What each wallet wins before the clock runs, in minor units: more than a run can stake."""


class Side(NamedTuple):
    """A variant's server, with a session for each of the demo's wallets.

    ``sent``: the debits that replays repeat.
    """

    variant: Variant
    root: Path
    server: Server
    seats: Sequence[Seat]
    sent: Sequence[Request]


WORKLOADS: Mapping[str, Callable[[Side], Workload]] = {
    "debit": lambda side: requests.debits(side.seats),
    "replay": lambda side: requests.replays(side.sent),
    "event": lambda side: requests.events(side.seats),
    "getBalance": lambda side: requests.balances(side.seats),
}


def named(workload: str, variant: Variant, connections: int) -> tuple[str, int]:
    """The key of a variant's runs in the results."""
    return f"{workload}, {variant.name}", connections


def compare(options: Options) -> tuple[Results, list[Audit]]:
    with ExitStack() as held:
        sides = [
            held.enter_context(_serving(variant, f"variant_{number}"))
            for number, variant in enumerate(options.variants)
        ]
        turns = [
            Scenario(
                "variants",
                *named(workload, side.variant, options.connections),
                partial(_load, side, workload, options),
            )
            for workload in options.workloads
            for side in sides
        ]
        return scenarios.measure(turns, options.passes), [_audit(side) for side in sides]


@contextmanager
def _serving(variant: Variant, database: str) -> Iterator[Side]:
    databases.copy("seeded", database)  # nothing has been seeded: it is empty
    with ExitStack() as held:
        with step(f"setting up: {variant.name}", f"serving: {variant.name}"):
            root = held.enter_context(checkouts.checked_out(variant))
            server = held.enter_context(
                servers.serving(database, root=root, set_up=True, **variant.environment)
            )
            seats = [
                _launched(server, number, currency) for number in NUMBERS for currency in CURRENCIES
            ]
            sent = scenarios.primed(server, seats, partial(_money, seats))
        yield Side(variant, root, server, seats, sent)


def _launched(server: Server, number: int, currency: str) -> Seat:
    """A session for one of the demo's wallets, with FUNDS to play with."""
    player_id = f"player-{number:03}"
    launch = {"playerId": player_id, "gameId": GAME, "currency": currency}
    token = _ask(server, requests.post("/casino/launchGame", launch))["sessionToken"]
    seat = Seat(token, player_id, f"w-{number:03}-{currency.lower()}", currency)
    bet = next(requests.bets([seat]))
    _ask(server, requests.debit(bet).content)
    _ask(server, requests.credit(bet, FUNDS).content)
    return seat


def _load(side: Side, workload: str, options: Options) -> Run:
    databases.settle(side.server.database)
    is_cheap = workload in ("replay", "getBalance")
    return load.run(
        side.server,
        WORKLOADS[workload](side),
        seconds=options.seconds,
        connections=options.connections,
        most_per_second=scenarios.MOST_CHEAP_A_SECOND if is_cheap else load.MOST_A_SECOND,
        money=partial(_money, side.seats),
    )


def _money(seats: Sequence[Seat], server: Server) -> int:
    """The sum of the seats' balances, in minor units of their currencies."""
    return sum(_ask(server, requests.balance(seat).content)["balance"] for seat in seats)


def _ask(server: Server, content: bytes) -> Any:
    """The body of the answer. Raises SetupError if the server refuses the request."""
    lane = Lane(server.port, ())
    with lane.socket:
        lane.send(content, 0)
        while not lane.receive():
            pass
    head, _, body = lane.answer.partition(HEAD_ENDS)
    if head[9:12] != b"200":
        raise SetupError(f"{content.splitlines()[0].decode()}: {lane.answer.decode()}")
    return json.loads(body)


def _audit(side: Side) -> Audit:
    database, name = side.server.database, side.variant.name
    with step(f"auditing: {name}", f"audited: {name}"):
        return audit_by(side.root, database, side.variant.environment)
