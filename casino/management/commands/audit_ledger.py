"""Checks every invariant and every chain; prints each row that breaks one."""

import os
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from shutil import copyfileobj
from tempfile import SpooledTemporaryFile
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from casino.ledger.audit import INVARIANTS, breaks
from casino.ledger.checkpoint import NotACheckpoint, read_checkpoint, write_checkpoint
from casino.ledger.queries import estimated_transactions
from config import books
from config.backoffice.checks import remember_if_possible
from config.backoffice.models import Check
from config.management.arguments import at_least_0
from config.postgres import replica

NOT_AUDITED = 2
TERMINAL = "-"
_IN_MEMORY_BYTES = 64 * 1024 * 1024


class Command(BaseCommand):
    help = (
        "Check every invariant of the ledger and every chain. Exit status 0: all hold; 1: a row "
        "breaks one; 2: the ledger could not be audited, or the checkpoint could not be written."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--checkpoint",
            metavar="FILE",
            help="after a clean audit, write a signed list of all chain heads (-: to the terminal)",
        )
        parser.add_argument(
            "--most",
            type=at_least_0,
            default=200,
            help="print at most this many breaks (%(default)s)",
        )
        parser.add_argument(
            "--against", metavar="FILE", type=Path, help="a checkpoint that must still hold"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["checkpoint"] is not None:
            _require_writable(options["checkpoint"])
        try:
            with replica.reading() as source:
                if source is not None:
                    self.stderr.write(f"Reading from the {source}.")
                self._audit(options)
        except (DatabaseError, InterfaceError) as fault:
            why = _why_refused(fault)
            raise CommandError(
                f"The database refused the audit: {why}", returncode=NOT_AUDITED
            ) from fault

    def _audit(self, options: dict[str, Any]) -> None:
        heads: Any = ()
        checkpoint_at = None
        if options["against"]:
            seal, heads = self._read(options["against"])
            checkpoint_at = datetime.fromisoformat(seal["takenAt"])
        walked = 0
        began_at = timezone.now()
        found: Counter[str] = Counter()

        with _progress_bar() as advance:

            def count(rows: int) -> None:
                nonlocal walked
                walked += rows
                advance(rows)

            for broken in breaks(progress=count, against=heads):
                found[broken.invariant] += 1
                if found.total() > options["most"]:
                    continue
                self.stdout.write(
                    f"BROKEN  {broken.invariant}\n"
                    f"        {broken.table} {broken.row}: {broken.detail}"
                )
        if not found:
            self.stderr.write(
                f"The ledger holds: {len(INVARIANTS)} invariants over {walked} transactions."
            )
            if options["checkpoint"]:
                checkpoint_at = self._write(options["checkpoint"])
        remember_if_possible(
            check=Check.AUDIT,
            scope="the whole ledger",
            began_at=began_at,
            looked_at=walked,
            found=dict(found),
            checkpoint_at=checkpoint_at,
        )
        if found:
            raise CommandError(f"{found.total()} breaks in {walked} transactions.", returncode=1)

    def _read(self, path: Path) -> Any:
        try:
            seal, heads = read_checkpoint(path)
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}", returncode=NOT_AUDITED) from None
        except (NotACheckpoint, UnicodeDecodeError) as error:
            raise CommandError(f"{path}: {error}", returncode=NOT_AUDITED) from None
        self.stderr.write(f"Comparing with {seal['wallets']} chains of {seal['takenAt']}.")
        return seal, heads

    def _write(self, name: str) -> datetime:
        """The former checkpoint is only overwritten by a complete one: it may be evidence."""
        taken_at = timezone.now()
        try:
            with SpooledTemporaryFile(_IN_MEMORY_BYTES, "w+") as made:
                digest = write_checkpoint(made, now=taken_at)
                made.seek(0)
                with nullcontext(sys.stdout) if name == TERMINAL else Path(name).open("w") as file:
                    copyfileobj(made, file)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise CommandError(f"{name}: {error.strerror}", returncode=NOT_AUDITED) from None
        self.stderr.write(f"Checkpoint written; digest {digest}.")
        return taken_at


def _why_refused(fault: Exception) -> str:
    if wrong_book := books.why_nothing_is_here():
        return f"{wrong_book}; manage.py books audit audits all of them"
    return str(fault).partition("\n")[0]


def _require_writable(name: str) -> None:
    """Look before the audit, which may take an hour."""
    path = Path(name)
    if not name:
        raise CommandError("--checkpoint: needs the name of a file", returncode=NOT_AUDITED)
    if name != TERMINAL and not os.access(path if path.is_file() else path.parent, os.W_OK):
        raise CommandError(f"{name}: cannot be written", returncode=NOT_AUDITED)
    if path.is_dir():
        raise CommandError(f"{name}: is a folder", returncode=NOT_AUDITED)


@contextmanager
def _progress_bar() -> Iterator[Callable[[int], None]]:
    """Show the progress of the walk on a terminal. The total is PostgreSQL's estimate."""
    console = Console(stderr=True)
    if not (console.is_terminal and sys.stdout.isatty()):
        yield lambda _rows: None
        return
    columns = ("Auditing", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=estimated_transactions())
        yield lambda rows: progress.advance(task, rows)
