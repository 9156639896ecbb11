"""How every command of the kit ends: evidence, totals, an exit status."""

import os
from collections.abc import Sequence
from pathlib import Path

from scripts.certification import CannotRun, evidence
from scripts.certification.arguments import Options
from scripts.certification.evidence.report import Subject, build
from scripts.certification.evidence.transcript import exchanged
from scripts.certification.needs import Planned
from scripts.certification.progress import Screen
from scripts.certification.run import Outcomes

EVIDENCE = Path("evidence")
CONFORMS, FAILS, CANNOT_RUN = 0, 1, 2
_STATUS = {"conforms": CONFORMS, "does not conform": FAILS, "not judged": CANNOT_RUN}


def must_be_writable(options: Options) -> None:
    """Make the folders for the evidence before anything is sent. Raises CannotRun."""
    folders = [options.out or EVIDENCE]
    if options.junit:
        folders.append(options.junit.parent)
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CannotRun(f"{folder}: {error.strerror}") from None
        if not os.access(folder, os.W_OK | os.X_OK):
            raise CannotRun(f"{folder}: the evidence cannot be written here")


def conclude(
    subject: Subject,
    outcomes: Outcomes,
    plans: Sequence[Planned],
    screen: Screen,
    options: Options,
) -> int:
    """Write the evidence and say the result. Raises CannotRun if it cannot be written."""
    report = build(subject, outcomes, plans)
    name = f"{subject.kind}-{subject.profile.name}-{subject.started:%Y%m%d-%H%M%S}"
    folder = options.out or EVIDENCE / name
    entries = [exchanged(each, subject.masker) for each in subject.sent]
    files = evidence.write(folder, report, entries)
    if options.junit:
        evidence.save(options.junit, files["junit.xml"])
    screen.ending(report, outcomes.results, folder)
    return _STATUS[report.verdict]


def write_sample(path: Path, text: str, screen: Screen) -> int:
    """Raises CannotRun if it cannot be written, and rather than write over another file."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise CannotRun(f"{path} is there already") from None
    except OSError as error:
        raise CannotRun(f"{path}: {error.strerror}") from None
    screen.say(f"  ✓ {path} written; fill it in and run the command again")
    return CONFORMS
