"""Compares the journal with the casinos' books, lists the differences, and repairs what is safe."""

from argparse import ArgumentTypeError
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from config.management.arguments import seconds, text
from config.web.fields import FieldError, Moment
from provider.models import Casino
from provider.reconciliation.report import CSVReport, JSONReport, Report, TextReport
from provider.reconciliation.run import keep, reconcile
from provider.reconciliation.walk import Window

GRACE_SECONDS = 120.0
SPAN = timedelta(hours=24)
NOT_COMPARED = 2


class Command(BaseCommand):
    help = (
        "Compare the journal with the casinos' books. Exit status 0: both agree; 1: something "
        "differs (even if it was just repaired); 2: they could not be compared."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        for name, dest, meaning in (
            (
                "--from",
                "begin",
                "inclusive, 2026-11-21 or 2026-11-21T00:00:00Z; default: 24 hours before",
            ),
            ("--to", "end", "exclusive; default: now, less the grace"),
        ):
            parser.add_argument(name, dest=dest, type=_moment, metavar="TIME", help=meaning)
        parser.add_argument(
            "--casino", type=text, metavar="CODE", help="only this casino; default: all"
        )
        parser.add_argument(
            "--grace-seconds",
            type=seconds,
            default=GRACE_SECONDS,
            help="leave out runs that were played within this many seconds (%(default)s)",
        )
        parser.add_argument("--json", metavar="FILE", help="write JSON (-: instead of the table)")
        parser.add_argument("--csv", metavar="FILE", help="write CSV (-: instead of the table)")
        parser.add_argument("--repair", action="store_true", help="repair what is safe to repair")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            status = self._reconcile(_window(options), options)
        except (DatabaseError, InterfaceError) as fault:
            why = str(fault).partition("\n")[0]
            raise CommandError(
                f"The database refused the comparison: {why}", returncode=NOT_COMPARED
            ) from fault
        except BrokenPipeError:  # nobody reads the output any more
            raise
        except OSError as fault:  # a file cannot be written to its end
            raise CommandError(str(fault), returncode=NOT_COMPARED) from fault
        if status:
            raise SystemExit(status)

    def _reconcile(self, window: Window, options: dict[str, Any]) -> int:
        status, began_at = 0, timezone.now()  # the same for all, so that they are one check
        casinos = _casinos(options["casino"])
        with self._reports(options) as reports:
            for casino in casinos:
                result = reconcile(casino=casino, window=window, repairs=options["repair"])
                keep(result, began_at=began_at)
                for report in reports:
                    report.add(result)
                if result.fault:
                    status = NOT_COMPARED
                elif not result.tally.agrees:
                    status = max(status, 1)
        return status

    @contextmanager
    def _reports(self, options: dict[str, Any]) -> Iterator[list[Report]]:
        wanted: dict[str, Callable[[IO[str]], Report]] = {"json": JSONReport, "csv": CSVReport}
        names = {form: options[form] for form in wanted if options[form] is not None}
        if list(names.values()).count("-") > 1:
            raise CommandError("Only one of --json and --csv can be -.", returncode=NOT_COMPARED)
        with ExitStack() as files:
            reports: list[Report] = [
                wanted[form](self._opened(name, files)) for form, name in names.items()
            ]
            if "-" not in names.values():
                reports.append(TextReport(self._terminal()))
            yield reports
            for report in reports:
                report.end()

    def _opened(self, name: str, files: ExitStack) -> IO[str]:
        if name == "-":
            return self._terminal()
        try:
            return files.enter_context(Path(name).open("w", newline=""))
        except OSError as fault:
            raise CommandError(f"{name}: {fault.strerror}", returncode=NOT_COMPARED) from None

    def _terminal(self) -> IO[str]:
        self.stdout.ending = ""  # the text already ends with a line break
        return cast(IO[str], self.stdout)


def _moment(text: str) -> datetime:
    midnight = f"{text}T00:00:00Z" if len(text) == len("2026-11-21") else text
    try:
        # PostgreSQL knows no offsets of 16 hours and more.
        return Moment().read(midnight).astimezone(UTC)
    except FieldError as error:
        raise ArgumentTypeError(str(error)) from None
    except OverflowError:
        raise ArgumentTypeError("must be a date and time that exists") from None


def _window(options: dict[str, Any]) -> Window:
    quiet_since = timezone.now() - timedelta(seconds=options["grace_seconds"])
    end = options["end"] or quiet_since
    begin = options["begin"] or end - SPAN
    if begin >= end:
        raise CommandError("--to must be after --from.", returncode=NOT_COMPARED)
    return Window(begin, end, quiet_since)


def _casinos(code: str | None) -> list[Casino]:
    """A disabled casino is compared like any other: its books are not closed."""
    casinos = Casino.objects.order_by("code")
    found = list(casinos if code is None else casinos.filter(code=code))
    if not found:
        missing = "There is no casino." if code is None else f"There is no casino {code}."
        raise CommandError(missing, returncode=NOT_COMPARED)
    return found
