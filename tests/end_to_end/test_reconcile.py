"""Real differences between both services' databases are made, named and repaired.

The audit of the casino's ledger at the end of the services checks that it still holds.
"""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.conf import settings

from config.embedded_postgres import SUPERUSER, running_url
from config.wire.encryption import decrypt
from config.wire.signing import CASINO_SIGNATURE, sign
from tests.casino_world import Answer
from tests.end_to_end.test_killed import killed_at
from tests.end_to_end.two_services import Service, TwoServices
from tests.factories import unique
from tests.servers import database_url

BETS = {"bets": [500, 300], "wins": [200], "rollbackBet": 90}


@pytest.fixture
def no_recovery(services: TwoServices) -> Iterator[None]:
    """Turn recovery off from the provider's next start on: it would repair the faults."""
    services.provider.environment["PROVIDER_RECOVERY"] = "false"
    yield
    del services.provider.environment["PROVIDER_RECOVERY"]
    services.provider.restart()


def now() -> str:
    return datetime.now(UTC).isoformat()


def reconcile(services: TwoServices, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Exit status, and the result for the one casino."""
    done = services.provider.manage("reconcile", "--grace-seconds", "0", "--json", "-", *arguments)
    assert done.returncode in (0, 1), done.stderr
    [result] = json.loads(done.stdout)["casinos"]
    return done.returncode, result


def found(result: dict[str, Any]) -> dict[str, set[str]]:
    """The ids of the differences, by type."""
    by_type: dict[str, set[str]] = {}
    for row in result["differences"]:
        by_type.setdefault(row["type"], set()).add(row["transaction_id"] or row["round_id"])
    return by_type


def played(services: TwoServices, player: str, **script: Any) -> dict[str, str]:
    """Play a run and return its transaction ids by their last part, such as ``bet-1``."""
    run_id = unique("run")
    answer = services.simulate(runId=run_id, playerId=player, **{**BETS, **script})
    assert answer.status == 200, answer.body
    rows = services.provider.rows(
        "SELECT transaction_id FROM provider_bets WHERE run_id = "
        "(SELECT id FROM provider_runs WHERE run_id = %(run)s)",
        run=run_id,
    )
    return {name.partition(".")[2].partition(".")[2]: name for (name,) in rows}


def request_of(services: TwoServices, transaction_id: str) -> dict[str, Any]:
    """The body as it was sent; the journal stores it without the session's token."""
    [(request, token)] = services.provider.rows(
        "SELECT bet.request, session.session_token FROM provider_bets bet "
        "JOIN provider_sessions session ON session.id = bet.session_id "
        "WHERE bet.transaction_id = %(name)s",
        name=transaction_id,
    )
    return {"sessionToken": decrypt(token), **json.loads(request)}


def by_hand(services: TwoServices, callback: str, fields: dict[str, Any]) -> Answer:
    """A callback signed in the provider's name that bypasses its journal."""
    assert services.casino.server is not None
    body = json.dumps(fields).encode()
    secret = services.casino.environment["CASINO_SECRET"].encode()
    answer = services.casino.server.post(
        f"/casino/{callback}", body, {CASINO_SIGNATURE: sign((secret,), body)}
    )
    assert answer.status == 200, answer.body
    return answer


def as_superuser(service: Service, *statements: str, **parameters: Any) -> None:
    """Execute statements with triggers and foreign keys off. Each must change something."""
    url = (
        database_url(service.database)
        if os.environ.get("DATABASE_URL")
        else running_url(settings.EMBEDDED_DATA_DIR, database=service.database, role=SUPERUSER)
    )
    with psycopg.connect(url, cursor_factory=psycopg.ClientCursor) as sql:
        sql.execute("SET session_replication_role = replica")
        for statement in statements:
            assert sql.execute(statement, parameters).rowcount >= 1, statement


_OF_WALLET = """
    wallet_id = (SELECT wallet_id FROM casino_transactions
                 WHERE external_transaction_id = %(first)s)
"""
_FROM = f"""
    {_OF_WALLET} AND sequence >= (SELECT sequence FROM casino_transactions
                                  WHERE external_transaction_id = %(first)s)
"""


def forget_from(services: TwoServices, first: str) -> None:
    """Restore the wallet as if from a backup: without a transaction and everything after it."""
    as_superuser(
        services.casino,
        f"""UPDATE casino_wallets SET playable_balance = last.balance_after,
                redeemable_balance = last.redeemable_after, version = last.sequence,
                chain_head = last.link
            FROM casino_transactions last
            WHERE casino_wallets.id = last.wallet_id AND last.{_OF_WALLET.strip()}
                AND last.sequence + 1 = (SELECT sequence FROM casino_transactions
                                         WHERE external_transaction_id = %(first)s)""",
        f"""DELETE FROM casino_ledger_entries
            WHERE transaction_id IN (SELECT id FROM casino_transactions WHERE {_FROM})""",
        f"DELETE FROM casino_transactions WHERE {_FROM}",
        first=first,
    )


def refused_and_taken(services: TwoServices, player: str) -> str:
    """A bet that was refused, and accepted when a late copy of the same request arrived."""
    limit = "UPDATE casino_games SET max_bet = %(limit)s WHERE provider_game_id = 'lucky-sevens'"
    [(usual,)] = services.casino.rows(
        "SELECT max_bet FROM casino_games WHERE provider_game_id = 'lucky-sevens'"
    )
    as_superuser(services.casino, limit, limit=100)
    bet = played(services, player, gameId="lucky-sevens")["bet-1"]
    as_superuser(services.casino, limit, limit=usual)
    by_hand(services, "debit", request_of(services, bet))
    return bet


def test_what_is_safe_to_mend_is_mended(services: TwoServices, no_recovery: None) -> None:
    begin = now()
    played(services, "player-001")
    lost, given_back = played(services, "player-002"), played(services, "player-003")
    before = {player: services.balance(player) for player in ("player-002", "player-003")}
    late_before = services.balance("player-004")
    cut_before = services.balance("player-008")
    forget_from(services, lost["win-1"])
    forget_from(services, given_back["bet-3.rollback"])
    late = refused_and_taken(services, "player-004")
    cut = {"runId": unique("cut"), "playerId": "player-008", **BETS}
    killed_at(2, services, cut, services.provider)

    status, result = reconcile(services, "--from", begin)
    differences = found(result)
    assert status == 1
    assert differences["missing_at_casino"] == {
        *(lost[name] for name in ("win-1", "bet-3", "bet-3.rollback")),
        given_back["bet-3.rollback"],
    }
    assert differences["not_rolled_back"] == {given_back["bet-3"]}
    assert differences["taken_although_refused"] == {late}
    [reply_lost] = differences["reply_lost"]
    assert reply_lost.startswith(cut["runId"])
    assert len(differences["open_round"]) == 1
    assert set(differences) == {
        *("missing_at_casino", "not_rolled_back", "taken_although_refused"),
        *("reply_lost", "open_round"),
    }

    status, result = reconcile(services, "--from", begin, "--repair")
    assert status == 1
    assert [row for row in result["differences"] if not row["repaired"]] == []
    assert (result["repaired"], result["left"]) == (len(result["differences"]), 0)
    status, result = reconcile(services, "--from", begin)
    assert (status, result["agrees"], result["differences"]) == (0, True, [])
    assert {player: services.balance(player) for player in before} == before
    assert services.balance("player-004") == late_before
    assert services.balance("player-008") == cut_before - 600


def test_what_is_not_safe_to_mend_is_named_and_left(services: TwoServices) -> None:
    begin = now()
    names = played(services, "player-005")
    session = request_of(services, names["bet-1"])["sessionToken"]
    strange, unmade, undone = unique("strange"), unique("unmade"), unique("undone")
    play = {"sessionToken": session, "roundId": unique("round")}
    by_hand(services, "debit", {**play, "transactionId": strange, "amount": 10})
    by_hand(
        services, "rollback", {**play, "transactionId": undone, "originalTransactionId": unmade}
    )
    change = "UPDATE {} SET amount = amount + 1 WHERE {} = %(name)s"
    casinos = change.format("casino_transactions", "external_transaction_id")
    ours = change.format("provider_bets", "transaction_id")
    as_superuser(services.casino, casinos, name=names["bet-2"])
    as_superuser(services.provider, ours, name=names["win-1"])
    balance = services.balance("player-005")
    attempts = services.provider.rows("SELECT count(*) FROM provider_bet_attempts")

    status, result = reconcile(services, "--from", begin, "--repair")
    assert status == 1
    assert found(result) == {
        "missing_at_provider": {strange, undone},
        "tombstone_without_bet": {unmade},
        "amount_differs": {names["bet-2"], names["win-1"]},
    }
    assert (result["repaired"], result["left"]) == (0, 5)
    assert result["totals"]["EUR"]["difference"] == {
        "debits": -11,
        "credits": 1,
        "rolled_back": 0,
        "net": 12,
    }
    assert services.balance("player-005") == balance
    assert services.provider.rows("SELECT count(*) FROM provider_bet_attempts") == attempts

    as_superuser(services.casino, casinos.replace("+", "-"), name=names["bet-2"])
    as_superuser(services.provider, ours.replace("+", "-"), name=names["win-1"])
