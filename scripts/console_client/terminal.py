"""Talks to the person at the terminal, or to a pipe; asks again until the answer can be used."""

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
    """The person wants to see the menu again."""


class Wrong(ValueError):
    """What was typed cannot be used; the message says why."""


class Terminal:
    """Colours and line editing on a terminal, plain lines in a pipe."""

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
        """Say what was typed, and why it cannot be used."""
        self.bad(f"{_shown(typed)}: {reason}" if typed else reason)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for name in columns:
            table.add_column(name, overflow="fold")
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        self._console.print(table)

    def ask(self, question: str, read: Callable[[str], T]) -> T:
        """Return ``read`` of what was typed; ask again as long as that raises Wrong.

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
            print(_shown(typed), flush=True)  # because a pipe does not echo
        return typed


def _shown(typed: str) -> str:
    """What was typed, safe to show on a terminal and not too long."""
    visible = "".join(c if c.isprintable() else "?" for c in typed)
    return visible if len(visible) <= 60 else f"{visible[:60]}…"
