"""PostgreSQL keeps the ledger append-only and balanced, and its references valid."""

import pytest
from psycopg import errors

from tests.casino_world import Play
from tests.ledger.rows import ONLY_MINE, Connection, copy_rows
from tests.ledger.story import E, T


# ---- append-only --------------------------------------------------------------------------------
@pytest.mark.parametrize("table", [T, E])
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE {} SET amount = amount + 1",
        "UPDATE {} SET amount = amount",
        "UPDATE {} SET amount = 1 WHERE false",
        "DELETE FROM {}",
        "DELETE FROM {} WHERE false",
        "TRUNCATE {} CASCADE",
        "TRUNCATE casino_wallets, {} CASCADE",
        "MERGE INTO {} USING (SELECT) one ON true WHEN MATCHED THEN DELETE",
        "MERGE INTO {} USING (SELECT) one ON true WHEN MATCHED THEN UPDATE SET amount = 1",
        "WITH gone AS (DELETE FROM {} RETURNING 1) SELECT count(*) FROM gone",
    ],
)
def test_the_ledger_is_append_only(sql: Connection, table: str, change: str) -> None:
    with pytest.raises(errors.RestrictViolation, match=f"{table} is append-only"):
        sql.execute(change.format(table))


def test_an_insert_cannot_turn_into_an_update(good: Play, sql: Connection) -> None:
    last = good.transactions()[-1]
    with pytest.raises(errors.RestrictViolation, match="append-only"):
        sql.execute(
            "INSERT INTO casino_transactions SELECT * FROM casino_transactions WHERE id = %s "
            "ON CONFLICT (id) DO UPDATE SET amount = 1",
            [last.pk],
        )


@pytest.mark.parametrize("table", ["casino_wallets", "casino_users", "casino_currencies"])
def test_what_the_ledger_stands_on_cannot_be_emptied(sql: Connection, table: str) -> None:
    with pytest.raises(errors.RestrictViolation, match="append-only"):
        sql.execute(f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("casino_wallets", "wallet_id"),
        ("casino_users", "user_id"),
        ("casino_game_sessions", "pk"),
        ("casino_games", "game_id"),
        ("casino_game_providers", "provider_id"),
    ],
)
def test_what_the_ledger_refers_to_cannot_be_deleted(
    good: Play, sql: Connection, table: str, column: str
) -> None:
    sql.execute(f"DELETE FROM {table} WHERE id = %s", [getattr(good.session, column)])
    with pytest.raises(errors.ForeignKeyViolation):
        sql.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(
    "changes",
    [{"wallet_id": "0"}, {"session_id": "0"}, {"related_transaction_id": "gen_random_uuid()"}],
    ids=str,
)
def test_a_transaction_refers_to_what_is_there(
    good: Play, sql: Connection, changes: dict[str, str]
) -> None:
    with pytest.raises(errors.ForeignKeyViolation):
        copy_rows(sql, good, T, changes)


@pytest.mark.parametrize(
    "changes",
    [{"transaction_id": "gen_random_uuid()"}, {"wallet_id": ONLY_MINE.format("0", "NULL")}],
    ids=str,
)
def test_an_entry_refers_to_what_is_there(
    good: Play, sql: Connection, changes: dict[str, str]
) -> None:
    if "transaction_id" in changes:  # the same for both, so that they still balance
        changes = {"transaction_id": f"'{sql.execute('SELECT gen_random_uuid()').fetchone()[0]}'"}
    with pytest.raises(errors.ForeignKeyViolation):
        copy_rows(sql, good, E, changes)


# ---- double entry -------------------------------------------------------------------------------
ONE_SIDED = """
INSERT INTO casino_ledger_entries (transaction_id, account, currency, amount, redeemable_amount)
VALUES {}
"""


@pytest.mark.parametrize(
    "rows",
    [
        "(%(one)s, 'GAMES', 'EUR', 100, 0)",
        "(%(one)s, 'GAMES', 'EUR', 100, 0), (%(one)s, 'TREASURY', 'EUR', -99, 0)",
        "(%(one)s, 'GAMES', 'EUR', 100, 0), (%(one)s, 'TREASURY', 'USD', -100, 0)",
        "(%(one)s, 'GAMES', 'EUR', 100, 0), (%(other)s, 'TREASURY', 'EUR', -100, 0)",
        "(%(one)s, 'GAMES', 'EUR', 2, 0), (%(one)s, 'BONUS', 'EUR', -1, 0)",
    ],
    ids=["one side", "a cent lost", "two currencies", "two transactions", "twice as much"],
)
def test_entries_that_do_not_balance_are_refused(good: Play, sql: Connection, rows: str) -> None:
    one, other = (posted.pk for posted in good.transactions()[:2])
    with pytest.raises(errors.CheckViolation, match="ledger entries do not balance"):
        sql.execute(ONE_SIDED.format(rows), {"one": one, "other": other})


def test_entries_that_are_copied_in_must_balance_too(good: Play, sql: Connection) -> None:
    transaction = good.transactions()[0].pk
    with (
        pytest.raises(errors.CheckViolation, match="ledger entries do not balance"),
        sql.cursor().copy(
            "COPY casino_ledger_entries "
            "(transaction_id, account, currency, amount, redeemable_amount) FROM STDIN"
        ) as copy,
    ):
        copy.write_row([transaction, "GAMES", "EUR", 100, 0])
