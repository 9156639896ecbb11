"""The person at the terminal, or the pipe in their place: asks until the answer can be used."""

import contextlib
import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

from rich.console import Console
from rich.table import Table
from rich.text import Text

from scripts.setup.terminal import plain_where_needed

T = TypeVar("T")

BACK = "b"


class GoBack(Exception):
    """The person wants the menu again."""


class Wrong(ValueError):
    """What was typed cannot be used; the message says what is wrong with it."""


class Terminal:
    """Colours and line editing at a terminal, plain lines in a pipe."""

    def __init__(self) -> None:
        plain_where_needed()
        if hasattr(sys.stdin, "reconfigure"):
            sys.stdin.reconfigure(errors="replace")
        self._console = Console(highlight=False, soft_wrap=True)
        if sys.stdin.isatty():
            with contextlib.suppress(ImportError):
                import readline  # noqa: F401, PLC0415 - gives input() its line editing

    def say(self, text: str = "", style: str = "") -> None:
        self._console.print(Text(text, style))

    def good(self, text: str) -> None:
        self.say(f"✓ {text}", "green")

    def bad(self, text: str) -> None:
        self.say(f"✗ {text}", "red")

    def wrong(self, typed: str, reason: str) -> None:
        """What was typed cannot be used, and why."""
        self.bad(f"{_shown(typed)}: {reason}" if typed else reason)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for name in columns:
            table.add_column(name, overflow="fold")
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        self._console.print(table)

    def ask(self, question: str, read: Callable[[str], T]) -> T:
        """What was typed, as ``read`` makes it out; asked again while that raises Wrong.

        Raises GoBack, and EOFError at the end of input.
        """
        while True:
            typed = self.line(f"{question} ({BACK}: back to the menu): ")
            if typed.lower() == BACK:
                raise GoBack
            try:
                return read(typed)
            except Wrong as reason:
                self.wrong(typed, str(reason))

    def line(self, prompt: str) -> str:
        """One line, without the white space around it. Raises EOFError."""
        typed = input(prompt).strip()
        if not sys.stdin.isatty():
            print(_shown(typed), flush=True)  # a pipe does not echo
        return typed


def _shown(typed: str) -> str:
    """What was typed, harmless to a terminal and not too long."""
    visible = "".join(c if c.isprintable() else "?" for c in typed)
    return visible if len(visible) <= 60 else f"{visible[:60]}…"
