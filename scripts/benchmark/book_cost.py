"""What a debit costs in a book, in processor time of this process and of the servers.

`BOOK=book_01 python -m scripts.benchmark.book_cost [--debits N] PLAIN_URL NODE_URL …` prints the
table in docs/scaling.md: the others are compared with the first database. Each is measured three
times, in turns, and the best result counts. The servers must be on this machine, and the book must
have the demo data. It compares processor time, which does not depend on what else the machine does.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psutil

TOGETHER = (1, 8, 32)
TURNS, DEBITS, WARM_UP = 3, 1_000, 64
CENTS = 10
_BACKENDS = "SELECT string_agg(pid::text, ' ') FROM pg_stat_activity WHERE client_port IS NOT NULL"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--debits", type=int, default=DEBITS)
    parser.add_argument("urls", nargs="*")
    asked = parser.parse_args()
    if not asked.urls:
        for together in TOGETHER:
            print(*_measured(asked.debits, together))
        return
    costs: dict[str, list[list[tuple[float, float]]]] = {url: [] for url in asked.urls}
    for _ in range(TURNS):
        for url in asked.urls:
            costs[url].append(_measured_by_another(url, asked.debits))
    _print(costs)


def _measured_by_another(url: str, debits: int) -> list[tuple[float, float]]:
    """The milliseconds of a process that uses this database: one pair per value of TOGETHER."""
    command = [sys.executable, "-m", "scripts.benchmark.book_cost", "--debits", str(debits)]
    environment = {**os.environ, "DATABASE_URL": url}
    ran = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    lines = [line.split() for line in ran.stdout.splitlines()]
    return [(float(process), float(server)) for process, server in lines]


def _print(costs: dict[str, list[list[tuple[float, float]]]]) -> None:
    print("| debits in a transaction | database | process | server | together | ratio |")
    print("|---:|---|---:|---:|---:|---:|")
    for place, together in enumerate(TOGETHER):
        least = 0.0
        for url, turns in costs.items():
            process, server = min((turn[place] for turn in turns), key=sum)
            least = least or process + server
            print(
                f"| {together} | {url.rpartition('@')[2]} | {process:.2f} | {server:.2f}"
                f" | {process + server:.2f} | {least / (process + server):.2f} |"
            )


def _measured(debits: int, together: int) -> tuple[float, float]:
    """Milliseconds per debit of this process and the servers, with this many per transaction."""
    from scripts.setup import database  # noqa: PLC0415 - tells what is wrong in one line

    database.load_django()
    from django.db import connection  # noqa: PLC0415 - needs the settings

    bet = _bets(together)
    connection.close()
    for _ in range(0, WARM_UP + 6 * together, together):
        bet()
    times = max(1, debits // together)
    server, process = _server_seconds(), time.process_time()
    for _ in range(times):
        bet()
    server, process = _server_seconds() - server, time.process_time() - process
    milliseconds = 1000 / (times * together)
    return process * milliseconds, server * milliseconds


def _bets(together: int) -> Callable[[], None]:
    """A function that places one more bet in this many sessions of the demo's players together."""
    from casino.ledger.post import Submission  # noqa: PLC0415
    from casino.models import Game, Wallet  # noqa: PLC0415
    from casino.operations.betting import PlaceBet  # noqa: PLC0415
    from casino.operations.seats import SessionSeat  # noqa: PLC0415

    game = Game.objects.order_by("pk").first()
    wallets = list(Wallet.objects.filter(playable_balance__gt=10_000).order_by("pk"))
    assert game is not None
    tokens = [_session(wallets[each % len(wallets)], game) for each in range(together)]

    def bet() -> None:
        submissions = [
            Submission(
                PlaceBet(
                    source="book-cost",
                    external_id=uuid.uuid4().hex,
                    seat=SessionSeat(token, game.provider_id),
                    amount=CENTS,
                    round_id=uuid.uuid4().hex,
                    currency=None,
                ),
                lambda _receipt: "{}",
            )
            for token in tokens
        ]
        Submission.carry_out(submissions, lambda: None)
        for submission in submissions:
            submission.result()

    return bet


def _session(wallet: Any, game: Any) -> str:
    from django.utils import timezone  # noqa: PLC0415

    from casino.models import GameSession, SessionStatus  # noqa: PLC0415
    from config.wire.tokens import token_digest  # noqa: PLC0415

    token = uuid.uuid4().hex
    GameSession.objects.create(
        session_id=token,
        token=token_digest(token),
        session_token=token,
        user_id=wallet.user_id,
        wallet=wallet,
        game=game,
        provider_id=game.provider_id,
        status=SessionStatus.ACTIVE,
        expires_at=timezone.now() + timedelta(hours=1),
    )
    return token


def _server_seconds() -> float:
    """The processor time of all backends of the server, or of all nodes if it is a cluster."""
    from django.db import connection  # noqa: PLC0415

    from casino.books import citus  # noqa: PLC0415

    with connection.cursor() as cursor:
        if citus.is_used():
            cursor.execute("SELECT result FROM run_command_on_all_nodes(%s)", [_BACKENDS])
        else:
            cursor.execute(_BACKENDS)
        pids = [int(pid) for (pids,) in cursor.fetchall() for pid in pids.split()]
    connection.close()
    seconds = 0.0
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):  # the process that asked for them is gone
            used = psutil.Process(pid).cpu_times()
            seconds += used.user + used.system
    return seconds


if __name__ == "__main__":
    main()
