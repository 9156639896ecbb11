"""Under the lock, PostgreSQL looks up rows by an index, whatever its statistics say."""

from itertools import pairwise

import pytest
from django.db import connection

from casino.ledger import statements
from casino.ledger.locks import BY_PLAYER, BY_SESSION, WalletLock
from casino.ledger.prepared import over_arrays, statement
from casino.ledger.statements import Look

LOOKS = (statements.NOTHING, statements.PAYOUT, statements.ROUND, statements.ORIGINAL)


@pytest.mark.parametrize("lock", [BY_SESSION, BY_PLAYER])
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("is_of_many", [False, True])
def test_a_look_reads_no_more_of_the_ledger_than_what_it_asks_for(
    lock: WalletLock, look: Look, is_of_many: bool
) -> None:
    looking = lock.looking(look)
    plan = _generic_plan((over_arrays(looking) if is_of_many else looking).sql.decode())

    scans = [
        (scan, condition) for scan, condition in pairwise(plan) if " on casino_transactions" in scan
    ]
    assert any("casino_transactions_once" in scan for scan, _ in scans)
    for scan, condition in scans:
        assert "Index" in scan
        assert "Index Cond:" in condition, "\n".join(plan)


def test_balances_of_many_wallets_are_found_by_their_keys() -> None:
    plan = _generic_plan(statement(statements.WRITE_MANY).sql.decode())
    assert any("Index Scan using casino_wallets_pkey" in line for line in plan), "\n".join(plan)


def _generic_plan(sql: str) -> list[str]:
    """The plan of a prepared statement for tables that are too large to read whole."""
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        try:
            cursor.execute(f"EXPLAIN (GENERIC_PLAN) {sql}")
            return [*(row[0] for row in cursor.fetchall()), ""]
        finally:
            cursor.execute("RESET enable_seqscan")
