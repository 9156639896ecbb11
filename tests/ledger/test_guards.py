"""PostgreSQL itself refuses forbidden rows: raw SQL that bypasses the application fails."""

from typing import NamedTuple

import pytest
from psycopg import errors

from tests.casino_world import Play
from tests.ledger.rows import FRESH, ONLY_MINE, Connection, copy_rows
from tests.ledger.story import E, T, W


class Forbidden(NamedTuple):
    """A copy of a good row of ``table`` with ``changes`` (column → SQL), which ``name`` refuses."""

    name: str
    table: str
    changes: dict[str, str]
    copies: int = 1


def forbidden(name: str, table: str, *, copies: int = 1, **changes: str) -> Forbidden:
    return Forbidden(name, table, changes, copies)


FORBIDDEN = [
    # a transaction
    forbidden(f"{T}_pkey", T, id="id"),
    forbidden(f"{T}_once", T, external_transaction_id="external_transaction_id"),
    forbidden(f"{T}_sequence", T, sequence="sequence"),
    forbidden(f"{T}_sound", T, sequence="0"),
    forbidden(f"{T}_sound", T, sequence="-1"),
    forbidden(f"{T}_sound", T, transaction_type="'GIFT'"),
    forbidden(f"{T}_sound", T, transaction_type="''"),
    forbidden(f"{T}_sound", T, amount="0"),
    forbidden(f"{T}_sound", T, amount="-1"),
    forbidden(f"{T}_sound", T, transaction_type="'TOPUP'", amount="0"),
    forbidden(f"{T}_sound", T, transaction_type="'OPENING'", amount="0"),
    forbidden(f"{T}_sound", T, transaction_type="'BONUS'", amount="0"),
    forbidden(f"{T}_sound", T, transaction_type="'SPEND'", amount="0"),
    forbidden(f"{T}_sound", T, transaction_type="'ADJUSTMENT'", amount="0"),
    forbidden(f"{T}_sound", T, transaction_type="'WIN'", amount="-1"),
    forbidden(f"{T}_sound", T, transaction_type="'TOMBSTONE'"),
    forbidden(
        f"{T}_sound",
        T,
        transaction_type="'REPEATED_ROLLBACK'",
        related_transaction_id="id",
    ),
    forbidden(f"{T}_sound", T, transaction_type="'OPENING'", redeemable_amount="1"),
    forbidden(f"{T}_sound", T, transaction_type="'TOPUP'", redeemable_amount="amount"),
    forbidden(f"{T}_sound", T, transaction_type="'BONUS'", redeemable_amount="1"),
    forbidden(f"{T}_sound", T, transaction_type="'WIN'", redeemable_amount="1"),
    forbidden(f"{T}_sound", T, transaction_type="'WIN'", redeemable_amount="amount - 1"),
    forbidden(f"{T}_sound", T, redeemable_amount="amount + 1"),
    forbidden(f"{T}_sound", T, redeemable_amount="-1"),
    forbidden(f"{T}_sound", T, redeemable_after="balance_after + 1"),
    forbidden(f"{T}_sound", T, redeemable_after="-1"),
    forbidden(f"{T}_sound", T, balance_after="-1", redeemable_after="0"),
    forbidden(f"{T}_sound", T, round_id="NULL"),
    forbidden(f"{T}_sound", T, transaction_type="'WIN'", round_id="NULL"),
    forbidden(f"{T}_sound", T, transaction_type="'ROLLBACK'"),
    forbidden(
        f"{T}_sound",
        T,
        transaction_type="'REPEATED_ROLLBACK'",
        amount="0",
        redeemable_amount="0",
    ),
    forbidden(
        f"{T}_one_reversal_a_bet",
        T,
        copies=2,
        transaction_type="'ROLLBACK'",
        related_transaction_id="id",
    ),
    # an entry; both entries of a transaction are copied
    forbidden(f"{E}_pkey", E, id="id"),
    forbidden(f"{E}_sound", E, amount="0", balance_after="balance_before"),
    forbidden(f"{E}_sound", E, account="'PLAYER'"),
    forbidden(f"{E}_sound", E, account="'GAMES'"),
    forbidden(f"{E}_sound", E, account="'WALLET'"),
    forbidden(f"{E}_sound", E, wallet_id="NULL"),
    forbidden(f"{E}_sound", E, balance_before="NULL"),
    forbidden(f"{E}_sound", E, balance_after="NULL"),
    forbidden(f"{E}_sound", E, redeemable_before="NULL"),
    forbidden(f"{E}_sound", E, redeemable_after="NULL"),
    forbidden(f"{E}_sound", E, redeemable_amount=ONLY_MINE.format("redeemable_amount", "1")),
    forbidden(f"{E}_sound", E, account=ONLY_MINE.format("account", "'TREASURY'")),
    forbidden(f"{E}_sound", E, account=ONLY_MINE.format("account", "'BONUS'")),
    forbidden(
        f"{E}_sound",
        E,
        account=ONLY_MINE.format("account", "'SALES'"),
        amount="-amount",
        balance_after="balance_before - amount",
    ),
    forbidden(
        f"{E}_sound",
        E,
        redeemable_amount=ONLY_MINE.format("1", "0"),
        redeemable_after="redeemable_before + 1",
    ),
    forbidden(
        f"{E}_sound",
        E,
        redeemable_amount=ONLY_MINE.format("amount - 1", "0"),
        redeemable_after="redeemable_before + amount - 1",
    ),
    forbidden(f"{E}_sound", E, balance_after="balance_after + 1"),
    forbidden(f"{E}_sound", E, balance_before="balance_before - 1"),
    forbidden(f"{E}_sound", E, redeemable_after="redeemable_after + 1"),
    forbidden(
        f"{E}_sound",
        E,
        redeemable_amount=ONLY_MINE.format("redeemable_amount - 1", "0"),
    ),
    # a wallet
    forbidden(f"{W}_pkey", W, id="id"),
    forbidden(f"{W}_wallet_id_key", W, wallet_id="wallet_id"),
    forbidden(f"{W}_one_a_user_and_currency", W, currency_code="currency_code"),
    forbidden(f"{W}_redeemable_within_playable", W, redeemable_balance="playable_balance + 1"),
    forbidden(f"{W}_redeemable_within_playable", W, redeemable_balance="-1"),
    forbidden(f"{W}_redeemable_within_playable", W, playable_balance="-1", redeemable_balance="0"),
    forbidden(f"{W}_version", W, version="-1"),
    # players, games and sessions
    forbidden("casino_users_pkey", "casino_users", id="id"),
    forbidden("casino_users_username_key", "casino_users", username="username"),
    forbidden("casino_users_username", "casino_users", username="''"),
    forbidden("casino_users_status", "casino_users", status="'GONE'"),
    forbidden("casino_currencies_pkey", "casino_currencies", code="code"),
    forbidden("casino_currencies_short_code_key", "casino_currencies", copies=2, short_code="'ZZ'"),
    forbidden("casino_currencies_exponent", "casino_currencies", exponent="19"),
    forbidden("casino_currencies_exponent_check", "casino_currencies", exponent="-1"),
    forbidden("casino_game_providers_pkey", "casino_game_providers", id="id"),
    forbidden("casino_game_providers_code_key", "casino_game_providers", code="code"),
    forbidden("casino_game_providers_code", "casino_game_providers", code="''"),
    forbidden(
        "casino_game_providers_one_default", "casino_game_providers", copies=2, is_default="true"
    ),
    forbidden("casino_games_pkey", "casino_games", id="id"),
    forbidden(
        "casino_games_provider_game_id_key", "casino_games", provider_game_id="provider_game_id"
    ),
    forbidden("casino_games_min_bet", "casino_games", min_bet="0"),
    forbidden("casino_games_max_bet", "casino_games", max_bet="min_bet - 1"),
    forbidden("casino_game_sessions_pkey", "casino_game_sessions", id="id"),
    forbidden(
        "casino_game_sessions_session_id_key", "casino_game_sessions", session_id="session_id"
    ),
    forbidden("casino_game_sessions_token_key", "casino_game_sessions", token="token"),
    forbidden("casino_game_sessions_status", "casino_game_sessions", status="'OPEN'"),
    forbidden("casino_simulation_runs_pkey", "casino_simulation_runs", id="id"),
    forbidden("casino_simulation_runs_run_id_key", "casino_simulation_runs", run_id="run_id"),
]


@pytest.mark.parametrize("table", FRESH)
def test_a_good_row_is_taken(good: Play, sql: Connection, table: str) -> None:
    """Otherwise the refusals below could come from the way the rows are made."""
    copy_rows(sql, good, table, {})


@pytest.mark.parametrize(
    "case", FORBIDDEN, ids=lambda case: f"{case.name} {' '.join(case.changes.values())}"
)
def test_a_forbidden_row_is_refused(good: Play, sql: Connection, case: Forbidden) -> None:
    with pytest.raises((errors.CheckViolation, errors.UniqueViolation)) as refused:
        copy_rows(sql, good, case.table, case.changes, case.copies)

    assert refused.value.diag.constraint_name == case.name


def test_every_constraint_has_a_row_that_it_refuses(sql: Connection) -> None:
    in_force = sql.execute(
        "SELECT conname FROM pg_constraint WHERE contype IN ('c', 'u', 'p') "
        "AND conrelid::regclass::text = ANY(%(tables)s) "
        "UNION SELECT indexrelid::regclass::text FROM pg_index WHERE indisunique "
        "AND indrelid::regclass::text = ANY(%(tables)s)",
        {"tables": list(FRESH)},
    ).fetchall()

    assert {name for (name,) in in_force} == {case.name for case in FORBIDDEN}


# ---- updates of wallets -------------------------------------------------------------------------
@pytest.mark.parametrize(
    "change",
    [
        "redeemable_balance = playable_balance + 1",
        "playable_balance = redeemable_balance - 1",
        "redeemable_balance = -1",
        "playable_balance = -1, redeemable_balance = -1",
        "playable_balance = playable_balance - 1000000",
        "version = -1",
    ],
)
def test_a_wallet_cannot_be_brought_out_of_its_bounds(
    good: Play, sql: Connection, change: str
) -> None:
    with pytest.raises(errors.CheckViolation):
        sql.execute(f"UPDATE casino_wallets SET {change} WHERE id = %s", [good.wallet_pk])


def test_a_balance_past_64_bits_is_refused(good: Play, sql: Connection) -> None:
    with pytest.raises(errors.NumericValueOutOfRange):
        sql.execute(
            "UPDATE casino_wallets SET playable_balance = playable_balance + 9223372036854775807 "
            "WHERE id = %s",
            [good.wallet_pk],
        )
