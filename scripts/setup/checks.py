"""Runs every check of the project, one after the other, even after one has failed."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from scripts.setup import ROOT, arguments, children, database, env_file, preconditions
from scripts.setup.scratch import scratch_data
from scripts.setup.terminal import BOLD, DIM, GREEN, RED, one_line_for_errors, say, styled

BIN = Path(sys.executable).parent
PYTHON = sys.executable
STAGES: dict[str, Sequence[str | Path]] = {
    "lint": [BIN / "ruff", "check"],
    "format": [BIN / "ruff", "format", "--check"],
    "types": [PYTHON, "-m", "mypy"],
    "imports": [PYTHON, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
    "migrations": [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"],
}
PYTEST = [PYTHON, "-m", "pytest"]
ALL_TESTS = [*PYTEST, "-n", "4"]
"""Four processes test at the same time, because about half the time they wait for servers."""


def main() -> int:
    options = arguments.parse("test", sys.argv[1:])
    # Leave the demo's data and server alone. This process keeps the database running throughout.
    with one_line_for_errors("scripts/test"), scratch_data() as data:
        os.environ.setdefault("EMBEDDED_DATA_DIR", str(data))
        # The tests start hundreds of processes; each would compile the project for half a second.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        if not env_file.setting("DATABASE_URL"):
            preconditions.tell_about(data)
        database.load_django()
        database.check()
        database.close_connections()
        if options.pytest_arguments:
            return _run([*PYTEST, *map(_from_root, options.pytest_arguments)])
        return _run_everything()


def _from_root(argument: str) -> str:
    """A path that is relative to where the command was called, as an absolute path."""
    path, selector, test = argument.partition("::")
    called_from = Path(os.environ.get("CALLED_FROM", ROOT))
    if argument.startswith("-") or not path or not (called_from / path).exists():
        return argument
    return f"{called_from / path}{selector}{test}"


def _run_everything() -> int:
    began = time.monotonic()
    with _tests_being_compiled():
        failed = [name for name, command in STAGES.items() if not _passes(name, command)]
    if not _passes("tests", ALL_TESTS):
        failed.append("tests")
    took = styled(f"({time.monotonic() - began:.0f} s)", DIM)
    say(f"Failed: {styled(', '.join(failed), RED)} {took}" if failed else f"All well {took}")
    return 1 if failed else 0


@contextmanager
def _tests_being_compiled() -> Iterator[None]:
    """Compile the tests meanwhile, on a processor that the other stages leave idle.

    In a fresh clone each of the processes that test would otherwise compile all of them.
    """
    command = [*PYTEST, "--collect-only", "-qq", "-p", "no:cacheprovider"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=ROOT, stdin=quiet, stdout=quiet, stderr=quiet) as compiling:
        try:
            yield
        except BaseException:
            compiling.kill()
            raise


def _passes(name: str, command: Sequence[str | Path]) -> bool:
    say(styled(f"── {name}", BOLD))
    began = time.monotonic()
    passed = _run(command) == 0 or (name == "tests" and _passes_alone())
    result = styled("✓ passed", GREEN) if passed else styled("✗ failed", RED)
    say(f"{result} {styled(f'({time.monotonic() - began:.1f} s)', DIM)}\n")
    return passed


def _passes_alone() -> bool:
    """Run the failed tests again, one at a time. Races and kills have deadlines, and a machine may
    be slow; so a test fails only if it fails twice. Tests that pass now are mentioned nevertheless.
    """
    say(styled("── failed tests again, one at a time", BOLD))
    again = ["--last-failed", "--last-failed-no-failures=none", "-p", "no:xdist"]
    passed = _run([*PYTEST, *again]) == 0
    if passed:
        say("They passed on their own; see above which tests they were.")
    return passed


def _run(command: Sequence[str | Path]) -> int:
    return children.run(command, ROOT)


if __name__ == "__main__":
    sys.exit(main())
