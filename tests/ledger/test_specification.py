"""Every table and column of the specification exists under its name."""

import pytest
from django.db import connection

TABLES = {
    "casino_users": "id username email created_at",
    "casino_wallets": "id user_id currency_code playable_balance redeemable_balance updated_at",
    "casino_game_providers": "id code name api_endpoint secret_key is_disabled",
    "casino_games": "id provider_id provider_game_id is_active min_bet max_bet",
    "casino_game_sessions": (
        "id token user_id wallet_id game_id provider_session_id is_active created_at"
    ),
    "casino_transactions": (
        "id wallet_id session_id transaction_type amount external_transaction_id "
        "related_external_transaction_id balance_after response_cache created_at"
    ),
    "provider_games": "id game_id is_active min_bet max_bet",
    "provider_customers": "id player_id casino_code external_user_id created_at",
    "provider_game_rounds": (
        "id round_id session_id player_id game_id currency status total_bet_amount "
        "total_payout_amount created_at"
    ),
    "provider_bets": (
        "id transaction_id round_id bet_type amount casino_balance_after status response_cache "
        "created_at"
    ),
}
KEYS = {
    ("casino_wallets", "user_id", "casino_users"),
    ("casino_wallets", "currency_code", "casino_currencies"),
    ("casino_games", "provider_id", "casino_game_providers"),
    ("casino_game_sessions", "user_id", "casino_users"),
    ("casino_game_sessions", "wallet_id", "casino_wallets"),
    ("casino_game_sessions", "game_id", "casino_games"),
    ("casino_transactions", "wallet_id", "casino_wallets"),
    ("casino_transactions", "session_id", "casino_game_sessions"),
    ("provider_game_rounds", "session_id", "provider_sessions"),
    ("provider_game_rounds", "player_id", "provider_customers"),
    ("provider_game_rounds", "game_id", "provider_games"),
    ("provider_bets", "round_id", "provider_game_rounds"),
}


def column_types(table: str) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s",
            [table],
        )
        return dict(cursor.fetchall())


@pytest.mark.parametrize("table", TABLES)
def test_the_columns_have_the_specifications_names(table: str) -> None:
    assert set(TABLES[table].split()) - column_types(table).keys() == set()


def test_columns_that_name_a_row_are_foreign_keys() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, attname, confrelid::regclass::text "
            "FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1] "
            "WHERE contype = 'f'"
        )
        assert KEYS - set(cursor.fetchall()) == set()


@pytest.mark.parametrize("table", ["casino_transactions", "provider_bets"])
def test_a_stored_answer_keeps_its_bytes(table: str) -> None:
    """`jsonb` would sort the keys and drop white space."""
    assert column_types(table)["response_cache"] == "json"
