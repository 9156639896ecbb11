"""A read-only database: a standby after a failover, or one that protects its disk."""

import contextlib
import time
from collections.abc import Iterator
from typing import cast

import psycopg
import pytest
from django.contrib.auth.models import User as Operator
from django.db import InternalError, OperationalError, connection, connections, transaction

from casino.models import Family
from config.postgres.base import DatabaseWrapper
from config.postgres.loan import Loan
from tests.access.conftest import make_key
from tests.casino_world import Play
from tests.factories import unique
from tests.races.test_silent_database import sign_in
from tests.servers import Server, database_url, serving


@pytest.fixture(scope="module")
def reading() -> Iterator[Server]:
    read_only = "options=-c%20default_transaction_read_only%3Don"
    with serving(DATABASE_URL=f"{database_url()}&{read_only}") as server:
        yield server


def test_it_is_healthy_and_not_ready(reading: Server) -> None:
    assert reading.request("GET", "/health").status == 200
    ready = reading.request("GET", "/health/ready")
    assert (ready.status, ready.body) == (503, {"status": "not ready", "reason": "read-only"})


def test_who_reads_is_served_and_who_writes_is_told_to_come_again(
    reading: Server, play: Play
) -> None:
    balance = play.send("getBalance", {"sessionToken": play.token}, to=reading)
    debit = play.send("debit", play.movement(100), to=reading)

    assert (balance.status, balance.body["balance"]) == (200, 100_000)
    assert (debit.status, debit.code) == (503, "BUSY")


def test_a_key_that_is_used_for_the_first_time_opens_the_door(reading: Server) -> None:
    """Its use cannot be recorded, and need not be."""
    key = {"Authorization": f"Bearer {make_key(Family.EVENTS).text}"}
    assert reading.request("GET", "/players", headers=key).status == 200


@pytest.mark.parametrize("password", ["the right one", "a wrong one"])
def test_signing_in_is_told_to_come_again(reading: Server, password: str) -> None:
    """Signing in writes the attempt, the session, and the time of the last sign-in."""
    boss = Operator.objects.create_superuser(unique("boss"), password="the right one")
    answer = sign_in(reading, boss.get_username(), password)

    assert answer.status == 503
    assert answer.headers["Retry-After"] == "1"
    assert "html" in answer.headers["Content-Type"]
    assert b"The database is busy" in answer.raw
    assert b"not accepting changes at the moment. Both are needed to sign in" in answer.raw


# ---- connections to a server that is no longer the primary ---------------------------------------


@contextlib.contextmanager
def another_connection() -> Iterator[int]:
    """The backend of a connection that is in the pool at the end of the block."""
    connection.close()
    connection.ensure_connection()  # a new one; the loan is another
    wrapper = cast(DatabaseWrapper, connections.create_connection("default"))
    with Loan(wrapper) as loan:
        pid = loan.connection.info.backend_pid
    yield pid


def ends(pid: int, *, within_seconds: float) -> bool:
    """Whether the backend ends because the pool closes its connection."""
    deadline = time.monotonic() + within_seconds
    with psycopg.connect(database_url(), autocommit=True) as observer:
        while time.monotonic() < deadline:
            found = observer.execute("SELECT FROM pg_stat_activity WHERE pid = %s", [pid])
            if found.fetchone() is None:
                return True
            time.sleep(0.02)
    return False


def test_a_server_that_only_reads_has_the_pool_replaced() -> None:
    with another_connection() as pid:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
            with pytest.raises(InternalError):
                cursor.execute("UPDATE casino_wallets SET version = version WHERE false")
        assert ends(pid, within_seconds=5)


def test_a_server_that_shuts_down_has_the_pool_replaced() -> None:
    with another_connection() as pid:
        with pytest.raises(OperationalError), connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        assert ends(pid, within_seconds=5)
    connection.close()


def test_a_statement_that_fails_leaves_the_pool_alone() -> None:
    with another_connection() as pid:
        with pytest.raises(Exception, match="zero"), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
        assert not ends(pid, within_seconds=0.3)
