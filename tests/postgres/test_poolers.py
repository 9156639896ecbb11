"""What a pooler between the product and PostgreSQL takes away, and how the product copes."""

import contextlib
import logging
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast
from urllib.parse import urlsplit

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection, connections
from django.db.migrations import RunSQL
from django.db.migrations.loader import MigrationLoader

from casino.ledger.pipeline import MoneyTransaction, money_transaction
from casino.ledger.prepared import statement
from config.postgres.address import read_address
from config.postgres.base import DatabaseWrapper
from config.postgres.connection import Connection
from config.postgres.limits import NoLimits, asked_for, hold
from config.postgres.script import commands
from config.wire.errors import from_fault
from tests.postgres_relay import relaying
from tests.servers import database_url, free_port

LIMITS_MS = {"lock_timeout": 2000, "statement_timeout": 5000}


# ---- DATABASE_URL --------------------------------------------------------------------------------


def test_what_the_address_says_stays_in_force() -> None:
    entry = read_address(
        "DATABASE_URL",
        "postgresql://u:p%40ss@h1:1,h2:2/name?options=-csearch_path%3Dbook_01"
        "&target_session_attrs=read-write&connect_timeout=7&application_name=casino"
        "&sslmode=require",
        limits_ms=LIMITS_MS,
    )
    assert (entry["HOST"], entry["PORT"]) == ("h1,h2", "1,2")
    assert (entry["USER"], entry["PASSWORD"], entry["NAME"]) == ("u", "p@ss", "name")
    options = entry["OPTIONS"]
    assert options["options"] == (
        "-c lock_timeout=2000 -c statement_timeout=5000 -csearch_path=book_01"
    )
    assert options["target_session_attrs"] == "read-write"
    assert options["connect_timeout"] == "7"
    assert (options["application_name"], options["sslmode"]) == ("casino", "require")
    assert {"tcp_user_timeout", "keepalives_idle"} <= options.keys()


def test_a_socket_may_be_percent_encoded() -> None:
    entry = read_address("X", "postgresql://u@%2Frun%2Fpg:5433/name", limits_ms={})
    assert (entry["HOST"], entry["PORT"]) == ("/run/pg", "5433")


@pytest.mark.parametrize(("written", "ports"), [("h1,h2", ","), ("h1,h2:5433", ",5433")])
def test_a_host_without_a_port_has_the_usual_one(written: str, ports: str) -> None:
    entry = read_address("X", f"postgresql://u@{written}/name", limits_ms={})
    assert (entry["HOST"], entry["PORT"]) == ("h1,h2", ports)


@pytest.mark.parametrize("port", ["0", "65536", "9" * 5_000, "٣", "-1", "80,x"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^X must be postgresql://"):
        read_address("X", f"postgresql://u:hush@h/name?port={port}", limits_ms={})


# ---- time limits ---------------------------------------------------------------------------------


@contextlib.contextmanager
def connected(options: str = "") -> Iterator[Connection]:
    url = database_url()
    with Connection.connect(url, autocommit=True, options=options) as made:
        yield made


def test_limits_that_were_dropped_on_the_way_are_set_for_the_session() -> None:
    with connected() as made:
        hold(made, LIMITS_MS)
        assert made.execute("SHOW lock_timeout").fetchone() == ("2s",)
        assert made.patience_seconds == 7.0


def test_limits_in_force_are_left_as_they_are() -> None:
    with connected("-c lock_timeout=700 -c statement_timeout=900") as made:
        hold(made, LIMITS_MS)
        assert made.execute("SHOW lock_timeout").fetchone() == ("700ms",)
        assert made.patience_seconds == pytest.approx(2.9)


def test_behind_a_pooler_the_role_must_have_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pooler reports its own backend number."""
    monkeypatch.setattr(psycopg.ConnectionInfo, "backend_pid", -1)
    with connected() as made, pytest.raises(NoLimits) as caught:
        hold(made, LIMITS_MS)
    assert 'SET lock_timeout = 2000; ALTER ROLE "' in str(caught.value)
    with connected("-c lock_timeout=700 -c statement_timeout=900") as made:
        hold(made, LIMITS_MS)


def test_limits_are_found_in_options() -> None:
    assert asked_for("-c lock_timeout=5 -csearch_path=x -cstatement_timeout=7") == {
        "lock_timeout": 5,
        "statement_timeout": 7,
    }


# ---- prepared statements -------------------------------------------------------------------------


def test_statements_that_get_lost_are_busy_and_one_clear_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    look = statement("SELECT 1")
    connection.ensure_connection()  # the transaction uses this one
    with money_transaction() as running:
        running.begin([(look, {})])
    raw = cast(Connection, connection.connection)
    raw.execute("DEALLOCATE ALL")  # like another server behind a pooler that does not know them

    with pytest.raises(OperationalError) as caught:
        _begin_on(raw, look)
    with caplog.at_level(logging.WARNING):
        error = from_fault(caught.value)
    assert (error.status, error.code) == (503, "BUSY")
    [record] = caplog.records
    assert "max_prepared_statements" in record.getMessage()
    assert "\n" not in record.getMessage()


def _begin_on(raw: Connection, look: Any) -> None:
    """Begin a transaction on exactly this connection."""

    class Lent:
        connection = raw

        def milliseconds_left(self) -> int:
            return 5_000

    with connection.wrap_database_errors:
        MoneyTransaction(cast(Any, Lent())).begin([(look, {})])


# ---- migrations ----------------------------------------------------------------------------------


def test_a_script_is_split_into_commands() -> None:
    script = """
    -- a comment; with a semicolon
    CREATE FUNCTION f() RETURNS void AS $body$ BEGIN; PERFORM ';'; END; $body$ LANGUAGE plpgsql;
    SELECT 'it''s; here', "a;b" /* or; here */;
    """
    first, second = commands(script)
    assert first.startswith("CREATE FUNCTION")
    assert first.endswith("LANGUAGE plpgsql")
    assert second == """SELECT 'it''s; here', "a;b\""""


def test_migrations_send_one_command_at_a_time() -> None:
    """PostgreSQL checks this: several commands in one prepared statement are a syntax error."""
    wrapper = cast(DatabaseWrapper, connections["default"])
    loader = MigrationLoader(None)
    scripts = [
        script
        for (app, _), migration in loader.disk_migrations.items()
        if app in ("casino", "provider")
        for operation in migration.operations
        if isinstance(operation, RunSQL)
        for script in (operation.sql, operation.reverse_sql)
        if isinstance(script, str)
    ]
    assert len(scripts) > 8
    with connected() as made:
        for script in scripts:
            for command in wrapper.ops.prepare_sql_script(script):
                result = made.pgconn.prepare(b"", command.encode())
                assert b"multiple commands" not in (result.error_message or b"")


def test_used_nonces_survive_a_failover() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, relpersistence FROM pg_class"
            " WHERE relname IN ('casino_used_nonces', 'provider_used_nonces')"
        )
        assert set(cursor.fetchall()) == {
            ("casino_used_nonces", "p"),
            ("provider_used_nonces", "p"),
        }


# ---- PgBouncer itself ----------------------------------------------------------------------------


@contextlib.contextmanager
def pgbouncer(**settings: str) -> Iterator[str]:
    """A PgBouncer in front of this run's database; yields its URL."""
    program = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
    if not Path(program).exists():
        pytest.skip("PgBouncer is not installed")
    given = connection.settings_dict
    # Through the relay, which the server knows as this user, because PgBouncer refuses to be root.
    with relaying() as relay, TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        folder.chmod(0o755)
        (folder / "users").write_text(f'"{given["USER"]}" "{given["PASSWORD"]}"\n')
        server = urlsplit(relay.database_url)
        target = f"host=127.0.0.1 port={server.port} dbname={given['NAME']}"
        lines = [
            "[databases]",
            f"product = {target} user={given['USER']}",
            "[pgbouncer]",
            f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =",
            f"auth_type = any\nauth_file = {folder}/users",
            *(f"{key} = {value}" for key, value in settings.items()),
        ]
        (folder / "pgbouncer.ini").write_text("\n".join(lines))
        command = [program, "-q", str(folder / "pgbouncer.ini")]
        if os.geteuid() == 0:
            command[1:1] = ["-u", "nobody"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            url = f"postgresql://{given['USER']}@127.0.0.1:{port}/product"
            _wait_for(url)
            yield url
        finally:
            process.terminate()
            process.wait(timeout=10)


def _wait_for(url: str) -> None:
    give_up_at = time.monotonic() + 15
    while True:
        try:
            psycopg.connect(url, connect_timeout=3).close()
        except psycopg.OperationalError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.1)
        else:
            return


def test_pgbouncer_refuses_options_and_the_limits_must_be_the_role_s() -> None:
    with pgbouncer(pool_mode="transaction") as url:
        made = Connection.connect(url, autocommit=True, options="-c lock_timeout=2000")
        with made, pytest.raises(NoLimits):
            hold(made, {"lock_timeout": 2000})
        with pytest.raises(psycopg.OperationalError, match="unsupported startup parameter"):
            Connection.connect(url, options="-c lock_timeout=2000 -csearch_path=book_01")


def test_pgbouncer_that_ignores_options_is_found_out() -> None:
    ignoring = {"ignore_startup_parameters": "options"}
    with (
        pgbouncer(pool_mode="transaction", **ignoring) as url,
        Connection.connect(url, autocommit=True, options="-c lock_timeout=2000") as made,
        pytest.raises(NoLimits),
    ):
        hold(made, {"lock_timeout": 2000})
