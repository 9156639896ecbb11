"""Texts of the configuration with placeholders: the operator's addresses and commands."""

import shlex
import subprocess
from collections.abc import Iterable, Mapping

from scripts.certification import CannotRun

SESSION_PLACEHOLDERS = ("player", "game", "currency")
HOOK_PLACEHOLDERS = (*SESSION_PLACEHOLDERS, "session", "amount")


class CommandFailed(Exception):
    """A command of the operator did not succeed. The message is one line."""


def is_address(text: str) -> bool:
    return text.startswith(("http://", "https://"))


def must_be_filled_in(where: str, text: str, placeholders: Iterable[str]) -> None:
    """Raises CannotRun if the text has other placeholders."""
    known = dict.fromkeys(placeholders, "")
    try:
        text.format_map(known)
    except (KeyError, ValueError, IndexError, AttributeError) as fault:
        told = ", ".join(f"{{{name}}}" for name in known)
        raise CannotRun(
            f"{where} cannot be filled in ({fault}): it may contain {told};"
            " write literal braces twice"
        ) from None


def must_be_a_command(where: str, text: str, placeholders: Iterable[str]) -> None:
    """Raises CannotRun if the text is not a command line, or has other placeholders."""
    try:
        words = shlex.split(text)
    except ValueError as fault:
        raise CannotRun(f"{where} is not a command line: {fault}") from None
    for word in words:
        must_be_filled_in(where, word, placeholders)


def run(command: str, filling: Mapping[str, str], *, timeout_seconds: float) -> str:
    """The output of the command. Raises CommandFailed."""
    words = [word.format_map(filling) for word in shlex.split(command)]
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, timeout=timeout_seconds, check=False
        )
    except subprocess.TimeoutExpired:
        raise CommandFailed(f"{words[0]} took longer than {timeout_seconds:.0f} s") from None
    except (OSError, ValueError) as fault:
        raise CommandFailed(f"{words[0]}: {fault}") from None
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:]
        said = f": {last[0]}" if last else ""
        raise CommandFailed(f"{words[0]} ended with status {done.returncode}{said}")
    return done.stdout.strip()
