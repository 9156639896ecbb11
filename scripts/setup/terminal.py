"""What the person at the terminal sees: one line per step, and colours only if they are wanted."""

import codecs
import errno
import io
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from scripts.setup import SetupError

NOT_OUR_FAULT = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}
NOT_OUR_FAULT |= {errno.EEXIST, errno.ENOTDIR}  # a file is in the place of a folder
CANNOT_RUN = {"scripts/certify": 2}
"""The exit status where it is not 1: 1 would say that the wallet does not conform."""
BOLD, DIM, RED, GREEN, YELLOW = "1", "2", "31", "32", "33"


PLAIN = {"✓": "ok", "✗": "x", "…": "...", "→": "->", "–": "-", "—": "-", "─": "-", "│": "|"}
PLAIN |= {"·": "-", "×": "x", "’": "'", "“": '"', "”": '"', "┌": "+", "└": "+", "┐": "+", "┘": "+"}


def plain_where_needed() -> None:
    """If the terminal cannot show a character, write a plain one instead of failing."""
    codecs.register_error("plain", _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="plain")


def _plain(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    character = error.object[error.start]
    if "\udc80" <= character <= "\udcff":  # a byte of a path that is not UTF-8
        return bytes([ord(character) - 0xDC00]), error.start + 1
    return PLAIN.get(character, "?"), error.start + 1


def styled(text: str, *styles: str) -> str:
    if not sys.stdout.isatty() or "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb":
        return text
    return f"\033[{';'.join(styles)}m{text}\033[0m"


def say(text: str = "") -> None:
    print(text, flush=True)


@contextmanager
def step(doing: str, done: str) -> Iterator[None]:
    """Announce something that takes time, and afterwards say how long it took."""
    say(f"  {styled('…', DIM)} {doing}")
    began = time.monotonic()
    yield
    took = time.monotonic() - began
    say(f"  {styled('✓', GREEN)} {done} {styled(f'({took:.1f} s)', DIM)}")


@contextmanager
def one_line_for_errors(program: str) -> Iterator[None]:
    """Exit with one line if the person can solve the problem; bugs keep their traceback."""
    plain_where_needed()
    status = CANNOT_RUN.get(program, 1)
    try:
        try:
            yield
        finally:
            sys.stdout.flush()  # here, because an error while Python exits cannot be caught
    except SetupError as error:
        _end(f"{program}: {' '.join(str(error).split())}", status)
    except BrokenPipeError:  # nobody reads the output any more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(status)
    except OSError as error:
        if error.errno not in NOT_OUR_FAULT:
            raise
        where = f": {error.filename}" if error.filename else ""
        _end(f"{program}: {error.strerror}{where}", status)
    except KeyboardInterrupt:
        sys.exit(130)


def _end(line: str, status: int) -> NoReturn:
    print(line, file=sys.stderr)
    sys.exit(status)
