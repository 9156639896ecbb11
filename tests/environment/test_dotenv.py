"""The scripts and the settings read `.env` in the same way; an unreadable line is an error."""

from pathlib import Path

import pytest

from config.environment import dotenv
from config.environment.dotenv import UnreadableFileError


def values_in(tmp_path: Path, content: str | bytes) -> dict[str, str]:
    path = tmp_path / ".env"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return dotenv.read(path)


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("NAME=plain", "plain"),
        ("NAME=", ""),
        ("  NAME = spaced out  ", "spaced out"),
        ("export NAME=exported", "exported"),
        ("export\tNAME=exported", "exported"),
        ("NAME=true  # comment", "true"),
        ("NAME=true\t# comment", "true"),
        ("NAME= # comment", ""),
        ("NAME=a#b", "a#b"),
        ("NAME='a # b' # comment", "a # b"),
        ('NAME="true"', "true"),
        ("NAME=''", ""),
        ("NAME=$ecret", "$ecret"),
        ("NAME=${OTHER}", "${OTHER}"),
        ('NAME="$OTHER$$"', "$OTHER$$"),
        ("NAME=`date`", "`date`"),
        ("NAME=a\\nb", "a\\nb"),
        ("NAME=a=b=", "a=b="),
        ("NAME=it's", "it's"),
        ("NAME=a'b'c", "a'b'c"),
        ("NAME='said \"yes\"'", 'said "yes"'),
        ("NAME=ключ", "ключ"),
    ],
)
def test_a_value_is_what_is_written(tmp_path: Path, line: str, value: str) -> None:
    assert values_in(tmp_path, f"OTHER=other\n{line}\n# the end") == {
        "OTHER": "other",
        "NAME": value,
    }


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_as_any_system_ends_them(tmp_path: Path, end: str) -> None:
    content = end.join(["\ufeffONE=1", "", "# comment=no", "TWO='2'"])
    assert values_in(tmp_path, content) == {"ONE": "1", "TWO": "2"}


def test_a_file_that_is_not_there_sets_nothing(tmp_path: Path) -> None:
    assert dotenv.read(tmp_path / ".env") == {}


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    """A virtual environment is sometimes made at `.env`."""
    (tmp_path / ".env").mkdir()
    with pytest.raises(UnreadableFileError, match=r"\.env cannot be read: Is a directory"):
        dotenv.read(tmp_path / ".env")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("hush", "line 2 is not NAME=value"),
        ("=hush", "line 2 is not NAME=value"),
        ("1NAME=hush", "line 2 is not NAME=value"),
        ("MY-NAME=hush", "line 2 is not NAME=value"),
        ("MY NAME=hush", "line 2 is not NAME=value"),
        ("NAME: hush", "line 2 is not NAME=value"),
        ("NAME='hush", "line 2: the quotes around NAME do not match"),
        ("NAME=\"hush'", "line 2: the quotes around NAME do not match"),
        ('NAME="hu"sh', "line 2: the quotes around NAME do not match"),
        ('NAME="hu"sh"', "line 2: the quotes around NAME do not match"),
        ("NAME=hu\0sh", "line 2: NAME contains a control character"),
        ("NAME=hu\x1bsh", "line 2: NAME contains a control character"),
        ("FIRST=hush", "line 2: FIRST is set a second time"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_not_shown(
    tmp_path: Path, line: str, said: str
) -> None:
    with pytest.raises(UnreadableFileError) as refused:
        values_in(tmp_path, f"FIRST=1\n{line}\n")
    assert said in str(refused.value)
    assert "hu" not in str(refused.value)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r"\.env is not UTF-8 text"):
        values_in(tmp_path, b"NAME=\xff")
