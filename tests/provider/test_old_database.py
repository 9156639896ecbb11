"""A database of an earlier version is migrated: nothing is lost, and the new columns are filled."""

from typing import Any

from django.core.management import call_command
from django.db import connections

from tests.ledger.test_migrations import scratch

__all__ = ["scratch"]  # a fixture is found by its name

BEFORE = "0009_session_tokens"
ANSWER = r'{ "status":"success","text":"\u0000 \\u0000 é",  "balance":99900}'
"""No JSON library would write it like this."""

PLAYED = [
    # id, kind, round, related, amount, status, http_status, response, balance after
    (1, "DEBIT", 1, None, 100, "ACCEPTED", 200, ANSWER, 99_900),
    (2, "DEBIT", 1, None, 250, "ACCEPTED", 200, '{"balance":99650}', 99_650),
    (3, "DEBIT", 1, None, 900, "REFUSED", 402, '{"code":"X","balance":99650}', None),
    (4, "CREDIT", 1, 1, 500, "ACCEPTED", 200, '{"balance":100150}', 100_150),
    (5, "CREDIT", 1, 1, 70, "UNKNOWN", None, None, None),
    (6, "DEBIT", 2, None, 400, "VOIDED", 200, '{"balance":99750}', 99_750),
    (7, "ROLLBACK", 2, 6, 400, "ACCEPTED", 200, '{"balance":100150}', 100_150),
    (8, "DEBIT", 3, None, 60, "VOIDING", None, None, None),
]


def rows(alias: str, query: str, *values: Any) -> list[Any]:
    with connections[alias].cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall()) if cursor.description else []


def insert(alias: str, table: str, **columns: Any) -> int:
    """Write a row as the earlier version did."""
    names = ("created_at", "updated_at", *columns)
    places = ", ".join(["now()", "now()", *(["%s"] * len(columns))])
    into = f"INSERT INTO provider_{table} ({', '.join(names)}) VALUES ({places}) RETURNING id"
    return int(rows(alias, into, *columns.values())[0][0])


def fill(alias: str) -> None:
    """Write customers with the same name at two casinos, and three rounds of one of them."""
    blank = {"base_url": "", "casino_secret": "", "provider_secret": "", "provider_code": ""}
    casinos = [
        insert(alias, "casinos", code=code, name=code, enabled=True, failure="", **blank)
        for code in ("one", "two")
    ]
    games = [
        insert(alias, "games", game_id=f"g{number}", name="G", pay_table="[]", **values)
        for number, values in enumerate(
            [{"stakes": [100, 250, 900], "active": True}, {"stakes": [5], "active": False}]
        )
    ]
    customers = [insert(alias, "customers", casino_id=pk, player_id="ada") for pk in casinos]
    tokens = ("session_token", "session_token_digest", "launch_token", "launch_token_digest")
    session = insert(
        alias,
        "sessions",
        provider_session_id="ps",
        casino_id=casinos[1],
        customer_id=customers[1],
        game_id=games[0],
        currency="XTS",
        expires_at="2100-01-01",
        **dict.fromkeys(tokens, "t"),
    )
    whose = {"casino_id": casinos[1], "session_id": session}
    run = insert(
        alias,
        "runs",
        **whose,
        run_id="r",
        kind="SPIN",
        asked="{}",
        bets=[1],
        wins=[1],
        seed="",
        shown="[]",
        status="RUNNING",
        outcome="",
    )
    for number, status in enumerate(("SETTLED", "VOID", "OPEN"), start=1):
        insert(alias, "game_rounds", **whose, run_id=run, round_id=f"r-{number}", status=status)
    for pk, kind, round_pk, related, amount, status, http_status, response, _after in PLAYED:
        insert(
            alias,
            "bets",
            **whose,
            run_id=run,
            transaction_id=f"t-{pk}",
            round_id=round_pk,
            related_id=related,
            request='{"z":1,  "a":2}',
            kind=kind,
            amount=amount,
            status=status,
            http_status=http_status,
            response=response,
        )


def test_it_is_migrated_and_its_new_columns_are_filled(scratch: str) -> None:
    call_command("migrate", "provider", BEFORE, database=scratch, verbosity=0)
    fill(scratch)
    before = rows(scratch, "SELECT * FROM provider_bets ORDER BY id")
    call_command("migrate", "provider", database=scratch, verbosity=0)

    assert rows(
        scratch, "SELECT game_id, is_active, min_bet, max_bet FROM provider_games ORDER BY id"
    ) == [("g0", True, 100, 900), ("g1", False, 5, 5)]
    assert rows(
        scratch,
        "SELECT casino_code, player_id, external_user_id FROM provider_customers ORDER BY id",
    ) == [("one", "ada", "ada"), ("two", "ada", "ada")]
    assert rows(
        scratch,
        "SELECT r.round_id, c.casino_code, g.game_id, currency, total_bet_amount, "
        "total_payout_amount FROM provider_game_rounds r "
        "JOIN provider_customers c ON c.id = r.player_id "
        "JOIN provider_games g ON g.id = r.game_id ORDER BY r.id",
    ) == [
        ("r-1", "two", "g0", "XTS", 350, 500),
        ("r-2", "two", "g0", "XTS", 0, 0),
        ("r-3", "two", "g0", "XTS", 0, 0),
    ]
    assert rows(
        scratch,
        "SELECT id, bet_type, status, response_cache::text, casino_balance_after "
        "FROM provider_bets ORDER BY id",
    ) == [
        (pk, kind, status, response, after)
        for pk, kind, _round, _related, _amount, status, _http, response, after in PLAYED
    ]

    call_command("migrate", "provider", BEFORE, database=scratch, verbosity=0)
    assert rows(scratch, "SELECT * FROM provider_bets ORDER BY id") == before
