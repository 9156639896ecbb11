"""The embedded PostgreSQL in any folder, closed to other users; it says why it cannot start."""

import os
import pwd
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from config.embedded_postgres import (
    greeting,
    running_url,
    server,
    start_again,
    stop_if_unused,
)
from config.embedded_postgres.accounts import account_of, user_arguments
from config.embedded_postgres.layout import Folder
from tests.setup.servers import Embedded, run_as
from tests.setup.test_embedded_postgres import failure_of, query

A_FORMER_USER = 54321  # has no name on this machine
SOMEBODY = pwd.getpwnam("daemon").pw_uid  # a user that nothing of ours runs as
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has other users to test with")


NAMES = (
    "with spaces and 'quotes' and $dollars",
    'comma,and"double\\quotes',
    "žluťoučký кот 猫",
    "percent%20and&amp?query#hash",
    "/".join(["a" * 60] * 4),
)


@pytest.fixture
def used_in(tmp_path: Path, initialised: Path) -> Callable[[str], Path]:
    """Moves a copy of a data directory that was used before to the path with that name."""

    def move(name: str) -> Path:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-a", initialised, tmp_path / name], check=True)
        return tmp_path / name

    return move


class TestPlaces:
    @pytest.mark.parametrize("name", NAMES)
    def test_any_path_will_do(self, used_in: Callable[[str], Path], name: str) -> None:
        runs_with_a_short_socket_path(used_in(name))

    def test_a_database_can_be_made_at_any_path(self, tmp_path: Path) -> None:
        runs_with_a_short_socket_path(tmp_path / "/".join(NAMES))

    def test_after_a_crash_it_is_found_at_the_same_short_path(
        self, used_in: Callable[[str], Path]
    ) -> None:
        """Its users continue with the URL that they have."""
        data_dir = used_in("a" * 120)
        folder = Folder.below(data_dir)
        url = running_url(data_dir)
        left = greeting.socket_dir_of(folder)
        assert left is not None
        psutil.Process(int(folder.pid_file.read_text().split()[0])).kill()
        owner = account_of(folder)
        with subprocess.Popen(["sleep", "60"], **user_arguments(owner)) as stranger:
            lock = left / f"{greeting.SOCKET_NAME}.lock"
            lock.write_text(f"{stranger.pid}\n{folder.cluster}\n0\n5432\n{left}\n")
            start_again(data_dir)
            stranger.kill()
        assert query(url, "SELECT 1") == 1
        assert stop_if_unused(data_dir)
        assert not left.exists()

    @as_root
    def test_a_short_path_that_somebody_else_took_is_not_used(
        self, used_in: Callable[[str], Path]
    ) -> None:
        data_dir = used_in("a" * 120)
        folder = Folder.below(data_dir)
        running_url(data_dir)
        left = greeting.socket_dir_of(folder)
        assert left is not None
        assert stop_if_unused(data_dir)
        left.mkdir(mode=0o700)
        try:
            os.chown(left, SOMEBODY, SOMEBODY)
            assert query(running_url(data_dir), "SELECT 1") == 1
            assert greeting.socket_dir_of(folder) != left
            assert stop_if_unused(data_dir)
        finally:
            left.rmdir()

    def test_the_datas_own_folder_is_never_taken_for_a_socket_folder(self, tmp_path: Path) -> None:
        server.drop_socket_dir(tmp_path)
        assert tmp_path.exists()

    def test_a_path_and_a_link_to_it_are_one_server(self, embedded: Embedded) -> None:
        url = running_url(embedded.data_dir)
        link = embedded.data_dir.with_name("link")
        link.symlink_to(embedded.data_dir)
        assert running_url(link) == url


def runs_with_a_short_socket_path(data_dir: Path) -> None:
    try:
        url = running_url(data_dir)
        assert query(url, "SELECT 1") == 1
        socket_dir = greeting.socket_dir_of(Folder.below(data_dir))
        assert socket_dir is not None
        assert socket_dir.parent == server.SHORT_FOLDER
        assert stat.S_IMODE(socket_dir.stat().st_mode) == 0o700
    finally:
        assert stop_if_unused(data_dir)
    assert not socket_dir.exists()


class TestOtherUsersOfTheMachine:
    def test_its_folder_is_closed_to_them(self, embedded: Embedded) -> None:
        running_url(embedded.data_dir)
        for path in (embedded.folder.path, embedded.folder.cluster):
            assert stat.S_IMODE(path.stat().st_mode) == 0o700

    @as_root
    def test_and_even_an_open_socket_lets_none_of_them_in(self, embedded: Embedded) -> None:
        running_url(embedded.data_dir)
        embedded.folder.path.chmod(0o755)
        path = embedded.folder.path / greeting.SOCKET_NAME
        path.chmod(0o777)
        for parent in path.parents:
            parent.chmod(parent.stat().st_mode | stat.S_IXOTH)
        script = (
            "from pathlib import Path; import sys; from config.embedded_postgres import greeting;"
            "print(*[greeting.greet(Path(sys.argv[1]), 'postgres', role)"
            " for role in ('casino', 'postgres', 'nobody')])"
        )
        assert run_as(SOMEBODY, script, embedded.folder.path) == "28000 28000 28000"

    @as_root
    def test_a_user_without_privileges_has_a_server_of_their_own(self, tmp_path: Path) -> None:
        for parent in tmp_path.parents:
            parent.chmod(parent.stat().st_mode | stat.S_IXOTH)
        os.chown(tmp_path, SOMEBODY, SOMEBODY)
        script = (
            "import os, sys; from pathlib import Path;"
            "from config.embedded_postgres import greeting, running_url, stop_if_unused;"
            "where = Path(sys.argv[1]) / 'data'; url = running_url(where);"
            "print(greeting.greet(where / 'postgres', 'casino', 'casino'), url.split('@')[0],"
            "os.stat(where / 'postgres' / 'cluster').st_uid, stop_if_unused(where))"
        )
        assert run_as(SOMEBODY, script, tmp_path) == f"00000 postgresql://casino {SOMEBODY} True"
        # When root runs their server after them, it runs as them and stays theirs.
        url = running_url(tmp_path / "data")
        assert query(url, "SELECT 1") == 1
        assert stop_if_unused(tmp_path / "data")
        assert run_as(SOMEBODY, script, tmp_path) == f"00000 postgresql://casino {SOMEBODY} True"


class TestUsersWithoutAName:
    """Containers that run under a user number have such users."""

    SCRIPT = (
        "import sys; from pathlib import Path; from config.embedded_postgres import *\n"
        "try: print(running_url(Path(sys.argv[1])))\n"
        "except EmbeddedPostgresError as error: print(error)"
    )

    @as_root
    def test_they_are_told_what_to_do(self, tmp_path: Path) -> None:
        os.chown(tmp_path, A_FORMER_USER, A_FORMER_USER)
        [line] = run_as(A_FORMER_USER, self.SCRIPT, tmp_path / "data").splitlines()
        assert f"User {A_FORMER_USER} has no name on this machine" in line
        assert "/etc/passwd" in line
        assert "DATABASE_URL" in line
        assert "log:" not in line


class TestFailures:
    """Each failure is one line, which names the log if the log says anything."""

    def test_a_folder_that_cannot_be_made(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        assert "File exists" in failure_of(tmp_path / "file")

    def test_a_server_that_does_not_start(self, embedded: Embedded) -> None:
        running_url(embedded.data_dir)
        assert stop_if_unused(embedded.data_dir)
        with (embedded.folder.cluster / "postgresql.auto.conf").open("a") as configuration:
            configuration.write("shared_buffers = much\n")
        message = failure_of(embedded.data_dir)
        assert "does not start" in message
        assert "postgresql.auto.conf" in message

    def test_data_of_another_version(self, embedded: Embedded) -> None:
        running_url(embedded.data_dir)
        assert stop_if_unused(embedded.data_dir)
        (embedded.folder.cluster / "PG_VERSION").write_text("17\n")
        assert "has data of PostgreSQL 17, but is 18" in failure_of(embedded.data_dir)

    @as_root
    def test_a_full_disk(self, tmp_path: Path) -> None:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", tmp_path],
            capture_output=True,
            check=False,
        )
        if mounted.returncode != 0:
            pytest.skip("not allowed to mount a small disk")
        try:
            assert "No space left on device" in failure_of(tmp_path / "data")
        finally:
            stop_if_unused(tmp_path / "data")
            subprocess.run(["umount", tmp_path], check=True)

    @as_root
    def test_a_folder_of_somebody_else(self, embedded: Embedded) -> None:
        running_url(embedded.data_dir)
        for parent in embedded.data_dir.parents:
            parent.chmod(parent.stat().st_mode | stat.S_IXOTH)
        script = (
            "import sys; from pathlib import Path;"
            "from config.embedded_postgres import EmbeddedPostgresError, running_url\n"
            "try: running_url(Path(sys.argv[1]))\n"
            "except EmbeddedPostgresError as error: print(error)"
        )
        assert "Permission denied" in run_as(SOMEBODY, script, embedded.data_dir)

    def test_it_says_so_when_a_stop_found_nothing(self, tmp_path: Path) -> None:
        assert stop_if_unused(tmp_path) is False
