"""PostgreSQL keeps currency codes apart, and keeps the meaning of amounts."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg import errors

from casino.models.players import GENESIS
from tests.casino_world import Play
from tests.factories import CurrencyFactory, unique
from tests.ledger.rows import Connection
from tests.servers import database_url

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
    """Opening it earlier would let money move that is counted with the old exponent."""
    currency = CurrencyFactory(code=unique("C")[:12])
    with psycopg.connect(database_url()) as first, psycopg.connect(database_url()) as second:
        first.execute("UPDATE casino_currencies SET exponent = 3 WHERE code = %s", [currency.code])
        second.execute(
            "INSERT INTO casino_wallets (wallet_id, user_id, currency_code, playable_balance, "
            "redeemable_balance, version, chain_head, created_at, updated_at) "
            "VALUES (%s, %s, %s, 0, 0, 0, %s, now(), now())",
            [unique("wallet"), play.session.user_id, currency.code, GENESIS],
        )
        with ThreadPoolExecutor(1) as thread:
            waiting = thread.submit(second.commit)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.2)
            first.commit()
            waiting.result(timeout=10)
