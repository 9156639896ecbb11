"""The only reader of `.env`: NAME=value lines in which `$` is a character like any other.

A value may be in single or double quotes. Outside quotes, a `#` after white space begins a comment.
Nothing is substituted. A line that cannot be read is an error. No message shows a value.
"""

import re
from pathlib import Path

_LINE = re.compile(r"(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*(.*)", re.DOTALL)
_QUOTED = re.compile(r"""(["'])((?:(?!\1).)*)\1(?:[ \t]*|[ \t]+#.*)""", re.DOTALL)
_COMMENT = re.compile(r"(?:^|[ \t])#.*", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class UnreadableFileError(ValueError):
    """The file, or a line of it, cannot be read. The message names the line and shows no value."""


def read(path: Path) -> dict[str, str]:
    """Return the variables of the file, or none if there is no file.

    Raises:
        UnreadableFileError: the file cannot be opened, or the first line that cannot be read.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UnreadableFileError(f"{path} cannot be read: {error.strerror}") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableFileError(f"{path.name} is not UTF-8 text") from None
    values: dict[str, str] = {}
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        stripped = line.strip(" \t")
        if not stripped or stripped.startswith("#"):
            continue
        where = f"{path.name}, line {number}"
        name, value = _pair(stripped, where)
        if name in values:
            raise UnreadableFileError(f"{where}: {name} is set a second time; delete one of them")
        values[name] = value
    return values


def _pair(line: str, where: str) -> tuple[str, str]:
    match = _LINE.fullmatch(line)
    if match is None:
        raise UnreadableFileError(f"{where} is not NAME=value")
    name, value = match[1], match[2]
    if _CONTROL.search(value):
        raise UnreadableFileError(f"{where}: {name} contains a control character")
    if value[:1] not in ("'", '"'):
        return name, _COMMENT.sub("", value).rstrip(" \t")
    quoted = _QUOTED.fullmatch(value)
    if quoted is None:
        raise UnreadableFileError(f"{where}: the quotes around {name} do not match")
    return name, quoted[2]
