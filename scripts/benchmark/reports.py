"""How long the reports take over millions of transactions: ``python -m scripts.benchmark.reports``.

One statement makes the ledger, thirty days up to now, without entries and chains: nothing here
moves money or audits. The reports and their summaries are the real ones.
"""

import argparse
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from scripts.benchmark import databases
from scripts.setup import DATA
from scripts.setup.terminal import one_line_for_errors, say

DAYS = 30
WALLETS = 5_000
PASSES = 5
ALLOWED_MS = {1: 300.0, DAYS: 2_000.0}

_PLAYERS = """
INSERT INTO casino_users (username, display_name, status, created_at)
SELECT 'player-' || n, 'Player ' || n, 'ACTIVE', now() FROM generate_series(1, %(wallets)s) n;
"""
_WALLETS = """
INSERT INTO casino_wallets (wallet_id, user_id, currency_code, playable_balance, redeemable_balance,
    version, chain_head, created_at, updated_at)
SELECT 'wallet-' || id, id, 'EUR', 0, 0, 0, '\\x00', now(), now() FROM casino_users
WHERE username LIKE 'player-%%' AND display_name LIKE 'Player %%'
ON CONFLICT DO NOTHING;
"""
_TRANSACTIONS = """
INSERT INTO casino_transactions (id, wallet_id, sequence, transaction_type, source,
    external_transaction_id, round_id, game_code, amount, redeemable_amount, balance_after,
    redeemable_after, response_cache, details, request_id, created_at, link)
SELECT
    (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7'
        || substr(md5(round || kind), 1, 3) || '8' || substr(md5(kind || round), 1, 15))::uuid,
    wallet_id, 2 * turn + CASE kind WHEN 'BET' THEN 1 ELSE 2 END, kind, 'provider:demo-provider',
    md5(round::text) || kind, 'round-' || md5(round::text),
    (ARRAY['lucky-sevens', 'neon-dice', 'book-of-cents'])[1 + turn %% 3],
    CASE kind WHEN 'BET' THEN 100 + round %% 900 ELSE (round * 7919) %% 1900 END,
    0, 1000000000, 0, to_json(repeat('x', 200)), '', md5(round::text), at,
    decode(md5(round::text), 'hex')
FROM (
    SELECT round, wallets[1 + round %% array_length(wallets, 1)] AS wallet_id,
        round / array_length(wallets, 1) AS turn, kind,
        %(begin)s::timestamptz + %(step)s::interval * round
            + CASE kind WHEN 'WIN' THEN interval '2 milliseconds' ELSE interval '0' END AS at
    FROM (SELECT array_agg(id ORDER BY id) AS wallets FROM casino_wallets
        WHERE wallet_id LIKE 'wallet-%%') w,
        generate_series(0::bigint, %(rounds)s - 1) round,
        (VALUES ('BET'), ('WIN')) kinds(kind)
    WHERE kind = 'BET' OR round %% 5000 <> 17
) made
ORDER BY at
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--transactions", type=int, default=5_000_000)
    parser.add_argument("--data", type=Path, default=DATA / "bench-reports")
    given = parser.parse_args()
    with (
        one_line_for_errors("scripts/bench"),
        databases.own_postgres("reports", given.data.resolve()),
    ):
        return _measure(given.transactions)


def _measure(transactions: int) -> int:
    from django.core.management import call_command  # noqa: PLC0415 - Django is set up by now

    databases.migrate("reports")
    call_command("seed_demo", verbosity=0)
    _timed("filling the ledger", lambda: _fill(transactions))
    _timed("adding it up", lambda: call_command("summarise_ledger", verbosity=0))
    databases.settle("reports")
    slow = 0
    for days, allowed in ALLOWED_MS.items():
        for name, ask in _questions(days).items():
            took = _median_ms(ask)
            verdict = "" if took <= allowed else f"  over {allowed:.0f} ms"
            slow += bool(verdict)
            say(f"{days:>3} d  {name:<24} {took:>8.1f} ms{verdict}")
    return 1 if slow else 0


def _fill(transactions: int) -> None:
    now = datetime.now(UTC) - timedelta(minutes=2)
    rounds = transactions // 2
    with databases.as_superuser("reports") as superuser:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute(_PLAYERS.replace("%(wallets)s", str(WALLETS)))
        superuser.execute(_WALLETS.replace("%%", "%"))
        superuser.execute(
            _TRANSACTIONS,
            {
                "begin": now - timedelta(days=DAYS),
                "step": timedelta(days=DAYS) / rounds,
                "rounds": rounds,
            },
        )
    databases.settle("reports")


def _questions(days: int) -> dict[str, Callable[[], Any]]:
    from casino.reports import lists, play, rtp, summary  # noqa: PLC0415
    from casino.reports.period import Period  # noqa: PLC0415

    period = Period.ending(datetime.now(UTC).date(), days)

    def ask(question: Callable[..., Any], **asked: Any) -> Callable[[], Any]:
        def asking() -> Any:
            with summary.reading() as reach:
                return question(reach=reach, **asked)

        return asking

    by = {f"GGR by {each.value}": ask(play.play, by=each, period=period) for each in play.By}
    return {
        **by,
        "top winners": ask(play.play, by=play.By.PLAYER, period=period, order="result", most=10),
        "active players": ask(play.active_players, period=period),
        "RTP": ask(rtp.returns, period=period),
        "open rounds": ask(lists.open_rounds),
        "void bets": ask(lists.voided_bets, period=period),
        "large wins": ask(lists.large_wins, period=period, currency="EUR", least=1_890),
        "adjustments": ask(lists.adjustments, period=period),
    }


def _median_ms(ask: Callable[[], Any]) -> float:
    took = []
    for _ in range(PASSES):
        began = time.perf_counter()
        ask()
        took.append((time.perf_counter() - began) * 1_000)
    return sorted(took)[PASSES // 2]


def _timed(name: str, work: Callable[[], Any]) -> None:
    began = time.monotonic()
    work()
    say(f"{name}: {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    sys.exit(main())
