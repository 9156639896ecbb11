"""What may be read from a replica, and that nothing that moves money can reach it."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import cast

import psycopg
import pytest
from django.contrib.auth.models import User as Operator
from django.db import OperationalError, connections, router
from django.test.utils import override_settings

from casino import access
from casino.models import ApiKey, Currency, Family, User, Wallet
from casino.operations import catalogue
from config.postgres import replica
from config.postgres.base import DatabaseWrapper
from config.postgres.connection import READ_ONLY, Connection
from config.postgres.identity import Identity
from config.postgres.loan import Loan
from config.postgres.watch import ServerAway, Watch
from tests.access.conftest import make_key
from tests.api.events.gambler import make_gambler, send
from tests.api.wallets.holder import make_holder
from tests.casino_world import Play, nothing_written
from tests.factories import CurrencyFactory, UserFactory, unique
from tests.postgres_relay import Relay, relaying
from tests.races.test_busy import requests_of
from tests.schema_check import NotDocumented


@contextmanager
def reads_come_from(alias: str) -> Iterator[None]:
    source = replica.Source(alias, datetime.now(UTC))
    with (
        override_settings(DATABASE_ROUTERS=["config.database.ReplicaRouter"]),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(replica, "current", lambda: source)
        yield


@pytest.fixture
def within_a_read() -> Iterator[None]:
    """Direct reads elsewhere: here to the same database, as if the replica were away."""
    with reads_come_from("default"):
        yield


# ---- money ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("callback", ["debit", "credit", "rollback"])
def test_no_callback_moves_money_on_what_a_replica_said(
    play: Play, callback: str, request: pytest.FixtureRequest
) -> None:
    fields = requests_of(play)[callback]
    request.getfixturevalue("within_a_read")
    with nothing_written(), pytest.raises(NotDocumented, match="INTERNAL_ERROR"):
        play.send(callback, fields)


def test_no_other_family_does_either(request: pytest.FixtureRequest) -> None:
    gambler, holder = make_gambler(), make_holder()
    request.getfixturevalue("within_a_read")
    with nothing_written():
        for move in (lambda: send(gambler.event("bet", "1.00")), lambda: holder.top_up(5)):
            with pytest.raises(NotDocumented, match="→ 500"):
                move()


def test_our_tables_are_not_locked_or_written_there(
    play: Play, request: pytest.FixtureRequest
) -> None:
    user = UserFactory.create()
    request.getfixturevalue("within_a_read")
    writes: list[Callable[[], object]] = [
        lambda: User.objects.select_for_update().get(pk=user.pk),
        lambda: User.objects.filter(pk=user.pk).update(username="x"),
        lambda: Wallet.objects.create(user=user, currency_id="EUR"),
        user.save,
        user.delete,
    ]
    for write in writes:
        with pytest.raises(RuntimeError, match="nothing may be decided"):
            write()
    assert User.objects.get(pk=user.pk).username == user.username


def test_what_staff_do_is_still_written(within_a_read: None) -> None:
    Operator.objects.create_user(unique("clerk"))


def test_a_connection_to_a_replica_cannot_write_whatever_server_it_meets() -> None:
    parameters = connections["default"].get_connection_params()
    parameters["options"] += f" {READ_ONLY}"
    with Connection.connect(**parameters, autocommit=True) as connection:
        connection.execute("SELECT FROM casino_wallets LIMIT 1")
        for statement in (
            "SELECT FROM casino_wallets LIMIT 1 FOR NO KEY UPDATE",
            "UPDATE casino_wallets SET version = version WHERE false",
        ):
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                connection.execute(statement)


# ---- where a read goes ---------------------------------------------------------------------------


@override_settings(DATABASE_ROUTERS=["config.database.ReplicaRouter"])
def test_the_services_tables_are_read_where_the_block_says_and_those_of_staff_never() -> None:
    assert router.db_for_read(Wallet) == "default"
    with reads_come_from(replica.ALIAS):
        assert router.db_for_read(Wallet) == "replica"
        assert router.db_for_read(Operator) == "default"
        assert replica.alias() == "replica"
    read_there = Wallet()
    read_there._state.db = replica.ALIAS
    assert router.db_for_read(User, instance=read_there) == "default"
    assert router.db_for_write(Wallet, instance=read_there) == "default"


def test_without_a_replica_nothing_is_watched_and_a_block_changes_nothing() -> None:
    assert replica.primary() is None
    assert connections["default"].watch is None  # type: ignore[attr-defined]
    with replica.reading() as source:
        assert source is None
        assert replica.alias() == "default"


def test_what_a_replica_said_is_not_cached() -> None:
    issued, code = make_key(), unique("A")[:12]
    CurrencyFactory.create(code=code, is_asset=True)
    keys = ApiKey.objects.filter(pk=issued.key.pk)

    def caller() -> access.KnownKey | None:
        shown = f"Bearer {issued.text}"
        return access.identify(family=Family.FRONTEND, authorization=shown, client="10.0.0.1")

    with reads_come_from("default"):
        assert caller() is not None
        assert catalogue.asset_of(code).name == code
        assert keys.get().last_used_at is None

    keys.update(expires_at=datetime.now(UTC) - timedelta(days=1))
    with pytest.raises(access.KeyRefused):
        caller()
    Currency.objects.filter(code=code).update(name="another name")
    assert catalogue.asset_of(code).name == "another name"


# ---- which server is a replica -------------------------------------------------------------------


def test_a_standby_is_believed_if_nobody_knows_its_primary() -> None:
    standby = Identity(1, 2, datetime.now(UTC), timeline=3, is_in_recovery=True)
    assert standby.why_not_replica_of_absent(None) == ""
    alone = standby._replace(is_in_recovery=False)
    assert alone.why_not_replica_of_absent(None) == "follows no primary"


def test_a_standby_may_be_on_a_later_timeline_than_a_primary_that_is_gone() -> None:
    """It follows the successor, of which the service has not heard yet."""
    primary = Identity(1, 2, datetime.now(UTC), timeline=3, is_in_recovery=False)
    standby = Identity(1, 2, datetime.now(UTC), timeline=4, is_in_recovery=True)
    assert standby.why_not_replica_of_absent(primary) == ""
    assert standby.why_not_replica_of(primary) == "follows another primary"
    assert standby._replace(timeline=2).why_not_replica_of(primary) == ""


# ---- the memory of a server that is away ---------------------------------------------------------


@pytest.fixture
def relay() -> Iterator[Relay]:
    with relaying() as relay:
        yield relay


def watch_of(relay: Relay) -> Watch:
    def ask() -> None:
        with Connection.connect(relay.database_url, connect_timeout=2) as connection:
            connection.execute("SELECT 1")

    return Watch("primary", ask)


def test_a_server_that_is_there_is_not_away(relay: Relay) -> None:
    watch = watch_of(relay)
    assert not watch.is_found_away()
    watch.require()


def test_a_server_that_is_gone_is_noticed_once_and_so_is_its_return(relay: Relay) -> None:
    watch = watch_of(relay)
    with relay.cut():
        assert watch.is_found_away()
        with pytest.raises(ServerAway):
            watch.require()
    give_up_at = time.monotonic() + 5
    while watch.is_away:
        assert time.monotonic() < give_up_at
        time.sleep(0.05)


def test_a_silent_server_is_away_after_two_seconds(relay: Relay) -> None:
    watch = watch_of(relay)
    with relay.frozen():
        started = time.monotonic()
        assert watch.is_found_away()
        assert 1.5 < time.monotonic() - started < 3


def test_a_server_that_only_takes_no_new_connection_is_not_away() -> None:
    """It still answers others, so it is only busy, and money must not be refused for that."""
    watch: Watch

    def ask() -> None:
        time.sleep(0.05)
        watch.hear()  # somebody else's connection
        raise psycopg.OperationalError("too many clients")

    watch = Watch("primary", ask)
    assert not watch.is_found_away()


def test_however_many_suspect_it_one_thread_asks() -> None:
    asked = threading.Semaphore(0)
    answers = threading.Event()

    def ask() -> None:
        asked.release()
        answers.wait(5)

    watch = Watch("primary", ask)
    for _ in range(20):
        watch.suspect()
    assert asked.acquire(timeout=5)
    assert not asked.acquire(timeout=0.2)
    answers.set()
    assert not watch.is_found_away()


def test_a_pool_whose_server_is_away_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask() -> None:
        raise psycopg.OperationalError("nobody listens")

    watch = Watch("primary", ask)
    wrapper = connections.create_connection("default")
    monkeypatch.setattr(wrapper, "watch", watch)
    assert watch.is_found_away()
    started = time.monotonic()
    with pytest.raises(OperationalError, match="away"):
        wrapper.ensure_connection()
    assert time.monotonic() - started < 2


def test_a_connection_that_is_returned_whole_is_a_sign_of_life(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heard: list[float] = []
    watch = Watch("primary", lambda: None)
    monkeypatch.setattr(watch, "hear", lambda: heard.append(time.monotonic()))
    wrapper = cast(DatabaseWrapper, connections.create_connection("default"))
    monkeypatch.setattr(wrapper, "watch", watch)
    with Loan(wrapper):
        pass
    assert len(heard) == 1
    with Loan(wrapper) as loan:
        loan.connection.pgconn.finish()
    assert len(heard) == 1
