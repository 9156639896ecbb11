"""What a debit costs in a book, in processor time of this process and of the server.

`BOOK=book_01 DATABASE_URL=… python -m scripts.benchmark.book_cost [DEBITS]` prints one line of the
table in docs/scaling.md. The server must be on this machine, and the book must have the demo data.
Processor time is compared because it does not depend on what else the machine does.
"""

import os
import statistics
import sys
import time
import uuid
from collections.abc import Callable
from datetime import timedelta

import psutil

DEBITS, WARM_UP = 1_000, 50
CENTS = 10


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else DEBITS
    from scripts.setup import database  # noqa: PLC0415 - tells what is wrong in one line

    database.load_django()
    from django.db import connection  # noqa: PLC0415 - needs the settings

    bet = _bets()
    connection.close()
    for _ in range(WARM_UP):
        bet()
    server, process = _server_seconds(), time.process_time()
    took = []
    for _ in range(number):
        began = time.perf_counter()
        bet()
        took.append(time.perf_counter() - began)
    server, process = _server_seconds() - server, time.process_time() - process
    print(
        f"| {os.environ['DATABASE_URL'].rpartition('@')[2]} | {process / number * 1000:.2f}"
        f" | {server / number * 1000:.2f} | {(process + server) / number * 1000:.2f}"
        f" | {statistics.median(took) * 1000:.1f} |"
    )


def _bets() -> Callable[[], None]:
    """A function that places one more bet of a player of the demo."""
    from django.utils import timezone  # noqa: PLC0415

    from casino.ledger.post import post  # noqa: PLC0415
    from casino.models import Game, GameSession, SessionStatus, Wallet  # noqa: PLC0415
    from casino.operations.betting import PlaceBet  # noqa: PLC0415
    from casino.operations.seats import SessionSeat  # noqa: PLC0415
    from config.wire.tokens import token_digest  # noqa: PLC0415

    token = uuid.uuid4().hex
    game = Game.objects.order_by("pk").first()
    wallet = Wallet.objects.filter(currency_id="EUR").order_by("pk").first()
    assert game is not None
    assert wallet is not None
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

    def bet() -> None:
        operation = PlaceBet(
            source="book-cost",
            external_id=uuid.uuid4().hex,
            seat=SessionSeat(token, game.provider_id),
            amount=CENTS,
            round_id=uuid.uuid4().hex,
            currency=None,
        )
        post(operation, answer=lambda _receipt: "{}")

    return bet


def _server_seconds() -> float:
    """The processor time of all backends that serve the connections of this process."""
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE client_port IS NOT NULL")
        pids = [pid for (pid,) in cursor.fetchall()]
    connection.close()
    times = [psutil.Process(pid).cpu_times() for pid in pids if psutil.pid_exists(pid)]
    return sum(each.user + each.system for each in times)


if __name__ == "__main__":
    main()
