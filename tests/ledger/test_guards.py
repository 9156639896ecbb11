"""PostgreSQL itself refuses forbidden rows: raw SQL that bypasses the application fails."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import psycopg
import pytest
from psycopg import errors

from casino.models import SimulationRun
from tests.casino_world import Play, make_play
from tests.factories import CurrencyFactory, unique
from tests.servers import database_url

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


class Forbidden(NamedTuple):
    """A copy of a good row of ``table`` with ``changes`` (column → SQL), which ``name`` refuses."""

    name: str
    table: str
    changes: dict[str, str]
    copies: int = 1


def forbidden(name: str, table: str, *, copies: int = 1, **changes: str) -> Forbidden:
    return Forbidden(name, table, changes, copies)


T = "casino_transactions"
E = "casino_ledger_entries"
W = "casino_wallets"
ONLY_MINE = "CASE account WHEN 'WALLET' THEN {} ELSE {} END"

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


@pytest.fixture(scope="module")
def good() -> Play:
    """A player who bet and won; the tests copy each of its rows."""
    play = make_play(game__min_bet=10)
    play.win(play.bet(1_000), 700)
    play.bet(1_000)  # the last transaction: 100_000 - 1_300, of which 700 are redeemable
    SimulationRun.objects.create(run_id=unique("run"), arguments={}, session=play.session)
    CurrencyFactory(code="ZZZ")
    return play


@pytest.fixture
def sql() -> Iterator[Connection]:
    """An administrator's own connection; nothing on it is committed."""
    with psycopg.connect(database_url()) as connection:
        yield connection
        connection.rollback()


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


# ---- currencies ---------------------------------------------------------------------------------
INTO_CURRENCIES = (
    "INSERT INTO casino_currencies (code, name, exponent, short_code, is_redeemable, is_asset) "
    "VALUES (%s, 'Test', 0, %s, false, true)"
)


@pytest.mark.parametrize("shared", ["code", "short code"])
@pytest.mark.parametrize("change", ["insert", "update"])
def test_a_code_and_a_short_code_are_never_the_same(
    sql: Connection, shared: str, change: str
) -> None:
    """Otherwise somebody who asks for one would get the other."""
    sql.execute(INTO_CURRENCIES, ["LONG", "SHORT"])
    query = INTO_CURRENCIES
    if change == "update":
        sql.execute(INTO_CURRENCIES, ["OTHER", "OT"])
        query = "UPDATE casino_currencies SET code = %s, short_code = %s WHERE code = 'OTHER'"

    with pytest.raises(errors.UniqueViolation) as refused:
        sql.execute(query, ["SHORT", None] if shared == "code" else ["OTHER", "LONG"])
    assert refused.value.diag.constraint_name == "casino_currencies_one_namespace"


def test_a_currency_may_use_its_own_code_as_its_short_code(sql: Connection) -> None:
    sql.execute(INTO_CURRENCIES, ["SAME", "SAME"])
    sql.execute("UPDATE casino_currencies SET short_code = 'SAME', name = 'x' WHERE code = 'SAME'")


def test_of_two_currencies_that_take_one_code_at_the_same_time_one_is_refused() -> None:
    taken, other = unique("T")[:8], unique("O")[:8]
    with psycopg.connect(database_url()) as first, psycopg.connect(database_url()) as second:
        first.execute(INTO_CURRENCIES, [taken, None])
        with ThreadPoolExecutor(1) as thread:
            waiting = thread.submit(second.execute, INTO_CURRENCIES, [other, taken])
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.2)
            first.commit()
            with pytest.raises(errors.UniqueViolation):
                waiting.result(timeout=10)


@pytest.mark.parametrize("change", ["exponent = exponent + 1", "is_redeemable = NOT is_redeemable"])
def test_a_currency_with_wallets_keeps_what_its_amounts_mean(
    good: Play, sql: Connection, change: str
) -> None:
    sql.execute(f"UPDATE casino_currencies SET {change} WHERE code = 'ZZZ'")  # has no wallets
    sql.execute("UPDATE casino_currencies SET name = 'Euros' WHERE code = 'EUR'")
    with pytest.raises(errors.RestrictViolation, match="stay as they are"):
        sql.execute(f"UPDATE casino_currencies SET {change} WHERE code = 'EUR'")


def test_a_wallet_is_opened_when_its_currency_has_changed(play: Play) -> None:
    """Otherwise money that moves meanwhile would be counted with the old exponent."""
    currency = CurrencyFactory(code=unique("C")[:12])
    with psycopg.connect(database_url()) as first, psycopg.connect(database_url()) as second:
        first.execute("UPDATE casino_currencies SET exponent = 3 WHERE code = %s", [currency.code])
        second.execute(
            "INSERT INTO casino_wallets (wallet_id, user_id, currency_code, playable_balance, "
            "redeemable_balance, version, chain_head, created_at, updated_at) "
            "VALUES (%s, %s, %s, 0, 0, 0, '', now(), now())",
            [unique("wallet"), play.session.user_id, currency.code],
        )
        with ThreadPoolExecutor(1) as thread:
            waiting = thread.submit(second.commit)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.2)
            first.commit()
            waiting.result(timeout=10)


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
