"""The embedded server runs for everybody who asks, and stops when the last one leaves."""

import errno
import os
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from config.embedded_postgres import (
    SUPERUSER,
    EmbeddedPostgresError,
    running_url,
    server,
    start_again,
    stop_if_unused,
)
from config.embedded_postgres.accounts import account_of, user_arguments
from config.embedded_postgres.layout import Folder
from tests.setup.servers import USES_UNTIL_TOLD_TO_LEAVE, Embedded


def query(url: str, statement: str) -> object:
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        row = connection.execute(statement).fetchone()
        return row and row[0]


def soon(happened: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 20
    while not happened() and time.monotonic() < deadline:
        time.sleep(0.02)
    return happened()


class TestAsking:
    def test_it_gives_a_database_that_the_role_owns(self, fresh: Embedded) -> None:
        url = running_url(fresh.data_dir)
        assert query(url, "SELECT current_database() || ' ' || current_user") == "casino casino"
        assert query(url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
        with closing(psycopg.connect(url, autocommit=True)) as connection:
            connection.execute("CREATE TABLE wins (amount bigint)")
            connection.execute("CREATE DATABASE of_a_test")

    def test_it_gives_other_databases_and_the_superuser_too(self, embedded: Embedded) -> None:
        url = running_url(embedded.data_dir, database="other", role=SUPERUSER)
        assert query(url, "SELECT current_database() || ' ' || current_user") == "other postgres"

    def test_a_dropped_database_is_created_again(self, embedded: Embedded) -> None:
        running_url(embedded.data_dir)
        admin = running_url(embedded.data_dir, database="postgres", role=SUPERUSER)
        query_nothing(admin, "DROP DATABASE casino")
        assert query(running_url(embedded.data_dir), "SELECT 1") == 1

    def test_a_running_server_is_found_without_starting_a_process(
        self, embedded: Embedded, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        url = running_url(embedded.data_dir)
        monkeypatch.setattr(subprocess, "Popen", None)
        assert running_url(embedded.data_dir) == url

    def test_it_keeps_what_money_needs(self, embedded: Embedded) -> None:
        url = running_url(embedded.data_dir)
        shown = {
            name: query(url, f"SHOW {name}")
            for name in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums")
        }
        assert set(shown.values()) == {"on"}, shown
        assert query(url, "SHOW listen_addresses") == ""
        assert query(url, "SHOW max_connections") == "200"

    def test_texts_have_upper_case_beyond_ascii(self, embedded: Embedded) -> None:
        assert query(running_url(embedded.data_dir), "SELECT upper('žluťoučký')") == "ŽLUŤOUČKÝ"

    def test_a_name_that_is_no_identifier_is_refused(self, embedded: Embedded) -> None:
        with pytest.raises(EmbeddedPostgresError, match="not a valid database or role name"):
            running_url(embedded.data_dir, database='casino"; --')

    def test_the_users_own_pg_variables_do_not_reach_it(
        self, embedded: Embedded, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, value in {"PGDATA": "/nowhere", "PGPORT": "1", "PGOPTIONS": "-c x=y"}.items():
            monkeypatch.setenv(name, value)
        url = running_url(embedded.data_dir)
        monkeypatch.delenv("PGOPTIONS")
        assert query(url, "SELECT 1") == 1


class TestSharing:
    def test_many_processes_at_once_start_one_server(self, fresh: Embedded) -> None:
        users = [fresh.user() for _ in range(6)]
        urls = {user.url() for user in users}
        assert len(urls) == 1
        assert urls.pop().startswith("postgresql://casino@")
        for user in users[1:]:
            user.leave()
            assert fresh.is_alive()
        users[0].leave()
        assert not fresh.is_alive()

    def test_arrivals_and_departures_in_any_order(self, embedded: Embedded) -> None:
        for _ in range(4):
            leaving = embedded.user()
            assert leaving.url()
            arriving = [embedded.user() for _ in range(3)]
            leaving.leave()
            for user in arriving:
                assert query(user.url(), "SELECT 1") == 1
            for user in arriving:
                user.leave()
            assert not embedded.is_alive()

    def test_a_killed_user_does_not_keep_it_running(self, embedded: Embedded) -> None:
        killed, other = embedded.user(), embedded.user()
        assert killed.url() == other.url()
        killed.kill()
        assert embedded.is_alive()
        other.leave()
        assert not embedded.is_alive()

    def test_after_the_last_user_was_killed_the_next_one_finds_and_stops_it(
        self, embedded: Embedded
    ) -> None:
        killed = embedded.user()
        url = killed.url()
        killed.kill()
        assert embedded.is_alive()
        following = embedded.user()
        assert following.url() == url
        following.leave()
        assert not embedded.is_alive()

    def test_a_forked_child_that_ends_leaves_the_parents_server_alone(
        self, embedded: Embedded
    ) -> None:
        forks = USES_UNTIL_TOLD_TO_LEAVE.replace(
            "sys.stdin.read()",
            "import os; child = os.fork(); child or sys.exit(); os.wait();"
            "print(running_url(Path(sys.argv[1])), flush=True); sys.stdin.read()",
        )
        user = embedded.user(forks)
        assert user.url() == user.url()
        assert embedded.is_alive()
        user.leave()
        assert not embedded.is_alive()

    def test_ctrl_c_for_the_starter_is_not_for_the_server(self, embedded: Embedded) -> None:
        user = embedded.user()
        assert user.url()
        assert os.getsid(embedded.postmaster().pid) != os.getsid(user.process.pid)


class TestCrashes:
    def test_a_killed_postmaster_is_started_again_with_all_that_was_committed(
        self, embedded: Embedded
    ) -> None:
        url = running_url(embedded.data_dir)
        query_nothing(url, "CREATE TABLE wins AS SELECT 42 AS amount")
        embedded.postmaster().kill()
        assert query(running_url(embedded.data_dir), "SELECT amount FROM wins") == 42

    def test_killed_under_load_it_keeps_what_it_acknowledged(self, embedded: Embedded) -> None:
        url = running_url(embedded.data_dir)
        query_nothing(url, "CREATE TABLE wins (amount bigint)")
        acknowledged = 0
        for round_number in range(1, 4):
            with closing(psycopg.connect(url, autocommit=True)) as connection:
                for _ in range(50):
                    connection.execute("INSERT INTO wins VALUES (1)")
                    acknowledged += 1
                embedded.postmaster().kill()
            url = running_url(embedded.data_dir)
            assert query(url, "SELECT count(*) FROM wins") == acknowledged == 50 * round_number

    def test_another_process_starts_it_again(self, embedded: Embedded) -> None:
        first = embedded.user()
        assert first.url()
        embedded.postmaster().kill()
        assert query(embedded.user().url(), "SELECT 1") == 1

    def test_who_uses_it_has_it_started_again_under_the_same_url(self, embedded: Embedded) -> None:
        url = running_url(embedded.data_dir)
        start_again(embedded.data_dir)  # there is nothing to do
        embedded.postmaster().kill()
        start_again(embedded.data_dir)
        assert query(url, "SELECT 1") == 1

    def test_who_does_not_use_it_any_more_starts_nothing(self, embedded: Embedded) -> None:
        running_url(embedded.data_dir)
        assert stop_if_unused(embedded.data_dir)
        start_again(embedded.data_dir)
        assert not embedded.is_alive()

    def test_a_configuration_that_cannot_be_written_is_left_as_it_was(
        self, embedded: Embedded, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """If the disk is full, it is not truncated, so the next start still has it."""
        running_url(embedded.data_dir)
        assert stop_if_unused(embedded.data_dir)
        path = embedded.folder.cluster / "pg_hba.conf"
        path.write_text("before")

        def full(self: Path, text: str) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with monkeypatch.context() as disk:
            disk.setattr(Path, "write_text", full)
            assert "No space left" in failure_of(embedded.data_dir)
        assert path.read_text() == "before"
        assert query(running_url(embedded.data_dir), "SELECT 1") == 1

    def test_a_recycled_number_in_postmaster_pid_fools_nobody(self, embedded: Embedded) -> None:
        running_url(embedded.data_dir)
        stale = embedded.folder.pid_file.read_text()
        assert stop_if_unused(embedded.data_dir)
        owner = account_of(embedded.folder)
        with subprocess.Popen(["sleep", "60"], **user_arguments(owner)) as stranger:
            lines = [str(stranger.pid), *stale.splitlines()[1:]]
            embedded.folder.pid_file.write_text("\n".join(lines) + "\n")
            assert query(running_url(embedded.data_dir), "SELECT 1") == 1
            assert stop_if_unused(embedded.data_dir)
            assert stranger.poll() is None, "the stranger was taken for the server"
            stranger.kill()

    def test_a_half_written_postmaster_pid_is_no_obstacle(self, embedded: Embedded) -> None:
        running_url(embedded.data_dir)
        embedded.postmaster().kill()
        embedded.folder.pid_file.write_text("12\n/some")
        assert query(running_url(embedded.data_dir), "SELECT 1") == 1

    def test_a_set_up_that_was_cut_off_is_begun_again(self, fresh: Embedded) -> None:
        user = fresh.user()
        assert soon((fresh.folder.path / "cluster.unfinished" / "base").exists)
        user.kill()
        assert query(running_url(fresh.data_dir), "SELECT 1") == 1

    def test_an_orderly_stop_needs_no_recovery(self, embedded: Embedded) -> None:
        running_url(embedded.data_dir)
        assert stop_if_unused(embedded.data_dir)
        running_url(embedded.data_dir)
        assert "not properly shut down" not in embedded.folder.log.read_text()

    def test_its_log_does_not_grow_for_ever(self, embedded: Embedded) -> None:
        running_url(embedded.data_dir)
        assert stop_if_unused(embedded.data_dir)
        with embedded.folder.log.open("a") as log:
            log.write("x" * server.LOG_KEPT_BYTES)
        running_url(embedded.data_dir)
        assert embedded.folder.log.stat().st_size < 10_000


def query_nothing(url: str, statement: str) -> None:
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        connection.execute(statement)


def failure_of(data_dir: Path) -> str:
    with pytest.raises(EmbeddedPostgresError) as raised:
        running_url(data_dir)
    message = str(raised.value)
    assert "\n" not in message
    log = Folder.below(data_dir).log
    assert (str(log) in message) == (os.path.exists(log) and log.stat().st_size > 0)  # noqa: PTH110
    return message
