"""Good rows of every table, to be copied with changes, by SQL that bypasses the application."""

from typing import Any

import psycopg

from tests.casino_world import Play

Connection = psycopg.Connection[tuple[Any, ...]]

# How to copy a row of each table into another valid one: the new values of unique columns, as SQL.
_UUID = "gen_random_uuid()::text"
FRESH: dict[str, dict[str, str]] = {
    "casino_currencies": {
        "code": "left(" + _UUID + ", 16)",
        "short_code": "left(" + _UUID + ", 8)",
    },
    "casino_users": {"username": _UUID},
    "casino_wallets": {"wallet_id": _UUID, "currency_code": "'ZZZ'"},
    "casino_game_providers": {"code": _UUID},
    "casino_games": {"provider_game_id": _UUID},
    "casino_game_sessions": {"session_id": _UUID, "token": _UUID},
    "casino_simulation_runs": {"run_id": _UUID},
    "casino_transactions": {
        "id": "gen_random_uuid()",
        "external_transaction_id": _UUID,
        "sequence": "sequence + number",
    },
    "casino_ledger_entries": {},
}
ONLY_MINE = "CASE account WHEN 'WALLET' THEN {} ELSE {} END"


def base_rows(play: Play, table: str) -> tuple[str, Any]:
    """Which rows of a table belong to the good player: a condition and its parameter."""
    last = play.transactions()[-1]
    session = play.session
    return {
        "casino_currencies": ("code = %s", session.wallet.currency_id),
        "casino_users": ("id = %s", session.user_id),
        "casino_wallets": ("id = %s", session.wallet_id),
        "casino_game_providers": ("id = %s", session.provider_id),
        "casino_games": ("id = %s", session.game_id),
        "casino_game_sessions": ("id = %s", session.pk),
        "casino_simulation_runs": ("session_id = %s", session.pk),
        "casino_transactions": ("id = %s", last.pk),
        "casino_ledger_entries": ("transaction_id = %s", last.pk),
    }[table]


def copy_rows(
    sql: Connection, play: Play, table: str, changes: dict[str, str], copies: int = 1
) -> None:
    """Insert the good rows again, with new values for unique columns, and with the changes."""
    condition, parameter = base_rows(play, table)
    columns = [
        str(name)
        for name, identity in sql.execute(
            "SELECT column_name, is_identity FROM information_schema.columns "
            "WHERE table_name = %s AND table_schema = 'public' AND is_generated = 'NEVER'",
            [table],
        )
        if identity == "NO" or name in changes
    ]
    values = {**FRESH[table], **changes}
    selected = ", ".join(values.get(name, name) for name in columns)
    sql.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) "
        f"SELECT {selected} FROM {table}, generate_series(1, {copies}) number "
        f"WHERE {condition}",
        [parameter],
    )
    sql.execute("SET CONSTRAINTS ALL IMMEDIATE")
