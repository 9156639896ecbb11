""".env is made once, complete and private, and is never changed again."""

import os
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from scripts.setup import SetupError, env_file

MUST_BE_SECRET = ("SECRET_KEY", "CASINO_SECRET", "PROVIDER_SECRET")


@pytest.fixture(autouse=True)
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(env_file, "PATH", tmp_path / ".env")
    yield tmp_path / ".env"
    assert [left.name for left in tmp_path.iterdir() if left.name != ".env"] == []


def test_it_holds_fresh_random_secrets_for_its_owner_only(path: Path) -> None:
    assert env_file.ensure() is True
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    first = {name: env_file.value_of(name) for name in MUST_BE_SECRET}
    assert len(set(first.values())) == 3
    assert all(len(value or "") >= 64 for value in first.values())
    assert env_file.value_of("DEMO_MODE") == "true"
    path.unlink()
    env_file.ensure()
    assert not {env_file.value_of(name) for name in MUST_BE_SECRET} & set(first.values())


def test_it_is_closed_whatever_the_umask(path: Path) -> None:
    before = os.umask(0)
    try:
        env_file.ensure()
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_one_that_is_there_is_left_alone_even_where_it_lacks_something(path: Path) -> None:
    path.write_text("PORT=8100\n")
    assert env_file.ensure() is False
    assert path.read_text() == "PORT=8100\n"


def test_several_at_once_make_one(path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: env_file.ensure(), range(32)))
    assert made.count(True) == 1
    assert path.read_text().count("SECRET_KEY=") == 1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("PORT=8100", "8100"),
        ("export PORT = '8100'", "8100"),
        ("# PORT=1\nXPORT=2\n", None),
        ("PORT=8100 # comment", "8100"),
        ("", None),
    ],
)
def test_a_plain_value_can_be_looked_up(path: Path, text: str, value: str | None) -> None:
    path.write_text(text)
    assert env_file.value_of("PORT") == value


def test_a_line_that_cannot_be_read_is_an_error_without_its_value(path: Path) -> None:
    path.write_text("SECRET_KEY=1\nhush\n")
    with pytest.raises(SetupError, match=r"^\.env, line 2 is not NAME=value$"):
        env_file.value_of("PORT")
