"""The output on the terminal: a line per case and a bar, or plain lines in a pipe."""

import contextlib
import io
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from scripts.certification.cases.language import Case
from scripts.certification.evidence.report import Report
from scripts.certification.masking import Masker
from scripts.certification.results import CaseResult, Verdict

STYLES = {
    Verdict.PASS: ("✓", "green"),
    Verdict.NON_STRICT: ("~", "yellow"),
    Verdict.FAIL: ("✗", "bold red"),
    Verdict.INFO: ("i", "blue"),
    Verdict.SKIPPED: ("–", "dim"),
    Verdict.ERROR: ("!", "magenta"),
}


class _Output(Console):
    """Continues silently when its reader is gone: the run must still restore the wallet."""

    def on_broken_pipe(self) -> None:
        with contextlib.suppress(SystemExit):
            super().on_broken_pipe()


class Screen:
    """All output goes through ``masker``."""

    def __init__(self, masker: Masker) -> None:
        if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
            sys.stdout.reconfigure(errors="replace")  # not every terminal can show every mark
        self.console = _Output(highlight=False, soft_wrap=True)
        self._masker = masker
        self._progress: Progress | None = None
        self._group = ""

    def say(self, text: str = "", style: str = "") -> None:
        self.console.print(Text(self._masker.text(text), style))

    def beginning(self, url: str, title: str, run_id: str, seed: int) -> None:
        self.say(f"  {url}  {title}", "bold")
        self.say(f"  run {run_id}, seed {seed}", "dim")

    @contextlib.contextmanager
    def counting(self, total: int) -> Iterator[None]:
        """Show a bar below the lines, if this is a terminal."""
        if not self.console.is_terminal:
            yield
            return
        columns = (
            TextColumn("  [dim]{task.description}"),
            BarColumn(bar_width=32),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self.console, transient=True) as self._progress:
            self._progress.add_task("", total=total)
            yield
        self._progress = None

    def show(self, event: CaseResult | Case | str) -> None:
        """A case begins or has ended, or there is something else to say."""
        if isinstance(event, str):
            self.say(f"  {event}", "yellow")
            return
        if isinstance(event, Case):
            if self._progress:
                self._progress.update(self._progress.task_ids[0], description=event.id)
            return
        if self._progress:
            self._progress.advance(self._progress.task_ids[0])
        self._line(event)

    def _line(self, result: CaseResult) -> None:
        mark, style = STYLES[result.verdict]
        line = Text("  ")
        line.append(f"{mark} {result.case.id}", style)
        line.append(f"  {result.case.title}", "dim" if result.verdict is Verdict.SKIPPED else "")
        if result.verdict is not Verdict.PASS:
            told = f"{result.verdict.value}: {result.reason}" if result.reason else result.verdict
            line.append(f"\n       {self._masker.text(str(told))}", style)
        self.console.print(line)

    def ending(self, report: Report, results: list[CaseResult], folder: Path) -> None:
        """The totals, what was not restored, the verdict, and where the evidence is."""
        counted = Counter(result.verdict for result in results)
        line = Text("\n  ")
        for verdict, (mark, style) in STYLES.items():
            if counted[verdict]:
                line.append(f"{mark} {counted[verdict]} {verdict.value}   ", style)
        line.append(f"{report.requests:,} requests in {report.seconds:.1f} s", "dim")
        self.console.print(line)
        if report.stopped:
            self.say(f"  not all cases were played: {report.stopped}", "yellow")
        for each in report.left:
            self.say(f"  not as it was found: {each}", "yellow")
        for each in report.notes:
            self.say(f"  {each}", "dim")
        style = "bold green" if report.verdict == "conforms" else "bold red"
        self.say(f"  {report.verdict}", style)
        self.say(f"  evidence: {folder / 'report.html'}")
