"""Starts commands of the project as processes of their own.

Importing the packages takes half of a command's start. So one process per worker imports them, and
every command is a fork of that process. Like a command in a terminal, the fork reads its own
environment and settings, and imports the project itself. How the scripts start is tested in
``tests/setup``.
"""

import atexit
import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
Main = Callable[..., None]
_starting = multiprocessing.get_context("forkserver")
_starting.set_forkserver_preload(["tests.preloaded"])


class Process:
    """A process that was started here, with the methods of ``subprocess.Popen``."""

    def __init__(
        self, main: Main, *arguments: str, environment: Mapping[str, str], output: Path,
        errors: Path | None = None,
    ) -> None:  # fmt: skip
        """Write to the file ``output``, also the errors unless they have a file of their own."""
        as_told = (main, arguments, dict(environment), output, errors)
        self._process = _starting.Process(target=_become, args=as_told)
        self._process.start()
        assert self._process.pid
        self.pid = self._process.pid

    def poll(self) -> int | None:
        """The exit status, or None while it runs; after a signal it is negative."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """The exit status. Raises ``subprocess.TimeoutExpired``."""
        self._process.join(timeout)
        status = self.poll()
        if status is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return status

    def terminate(self) -> None:
        self._process.terminate()


def manage(
    *arguments: str, timeout: float | None = None, **environment: str
) -> "subprocess.CompletedProcess[str]":
    """Run a command of manage.py to its end, with this environment over that of the tests."""
    with tempfile.TemporaryDirectory() as folder:
        output, errors = Path(folder) / "output", Path(folder) / "errors"
        process = Process(
            _manage,
            *arguments,
            environment={**os.environ, "SECRET_KEY": "of a command", **environment},
            output=output,
            errors=errors,
        )
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.terminate()
            raise
        return subprocess.CompletedProcess(
            ["manage.py", *arguments], status, output.read_text(), errors.read_text()
        )


def serve(*arguments: str) -> None:
    """Be a server, as ``scripts/serve`` starts it. It ends when the tests end."""
    sys.argv = ["serve", *arguments, "--parent", str(os.getppid())]
    runpy.run_module("scripts.setup.serve", run_name="__main__")


def prepare_database() -> None:
    """Set the databases of the environment up, as ``scripts/serve`` does."""
    database = import_module("scripts.setup.database")
    database.load_django()
    database.prepare()


def _manage(*arguments: str) -> None:
    sys.argv = ["manage.py", *arguments]
    runpy.run_path("manage.py", run_name="__main__")


def _become(
    main: Main,
    arguments: tuple[str, ...],
    environment: dict[str, str],
    output: Path,
    errors: Path | None,
) -> None:
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    with output.open("wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    if errors:
        with errors.open("wb") as file:
            os.dup2(file.fileno(), 2)
    try:
        main(*arguments)
    finally:
        atexit._run_exitfuncs()  # multiprocessing ends its processes without them
