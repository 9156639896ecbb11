"""Checks every invariant and every chain; prints each row that breaks one."""

import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from casino.ledger.audit import INVARIANTS, breaks
from casino.ledger.checkpoint import NotACheckpoint, read_checkpoint, write_checkpoint
from casino.ledger.queries import estimated_transactions
from config.backoffice.checks import remember_if_possible
from config.backoffice.models import Check
from config.postgres import replica


class Command(BaseCommand):
    help = "Check every invariant of the ledger and every chain; exit 1 if a row breaks one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--checkpoint",
            metavar="FILE",
            help="after a clean audit, write a signed list of all chain heads (-: to the terminal)",
        )
        parser.add_argument(
            "--most", type=int, default=200, help="print at most this many breaks (%(default)s)"
        )
        parser.add_argument(
            "--against", metavar="FILE", type=Path, help="a checkpoint that must still hold"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        with replica.reading() as source:
            if source is not None:
                self.stderr.write(f"Reading from the {source}.")
            self._audit(options)

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
        remember_if_possible(
            check=Check.AUDIT,
            scope="the whole ledger",
            began_at=began_at,
            looked_at=walked,
            found=dict(found),
            checkpoint_at=timezone.now() if options["checkpoint"] and not found else checkpoint_at,
        )
        if found:
            raise CommandError(f"{found.total()} breaks in {walked} transactions.", returncode=1)
        self.stderr.write(
            f"The ledger holds: {len(INVARIANTS)} invariants over {walked} transactions."
        )
        if options["checkpoint"]:
            self._write(options["checkpoint"])

    def _read(self, path: Path) -> Any:
        try:
            seal, heads = read_checkpoint(path)
        except (NotACheckpoint, OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{path}: {error}") from None
        self.stderr.write(f"Comparing with {seal['wallets']} chains of {seal['takenAt']}.")
        return seal, heads

    def _write(self, name: str) -> None:
        with nullcontext(sys.stdout) if name == "-" else Path(name).open("w") as file:
            digest = write_checkpoint(file, now=timezone.now())
        self.stderr.write(f"Checkpoint written; digest {digest}.")


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
