"""Runs a command to its end; if it is interrupted, nothing that it started stays behind.

A test starts servers and databases in sessions of their own, so that Ctrl-C does not reach them.
On Linux their orphans become children of this process, which ends them.
"""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

ENDS_BY_ITSELF_WITHIN_SECONDS = 10
ENDS_WHEN_TOLD_WITHIN_SECONDS = 10
END_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_ADOPT_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER


def run(command: Sequence[str | Path], cwd: Path) -> int:
    """Returns the exit status. An exception meanwhile, such as Ctrl-C, ends the command first."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_ADOPT_ORPHANS, 1)
    before = set(psutil.Process().children())
    process = subprocess.Popen(command, cwd=cwd)
    try:
        return _wait(process)
    except BaseException:
        for number in END_SIGNALS:
            signal.signal(number, signal.SIG_IGN)  # because this process is already ending
        _interrupt(process)
        _end_what_is_left(before)
        raise


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Wait for its end; reap orphans that end before it, so that they leave no zombies."""
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == process.pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return process.returncode


def _interrupt(process: subprocess.Popen[bytes]) -> None:
    """On a terminal, Ctrl-C has reached the command too; any other signal reached only us."""
    if not sys.stdin.isatty():
        process.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        process.wait(ENDS_BY_ITSELF_WITHIN_SECONDS)


def _end_what_is_left(before: set[psutil.Process]) -> None:
    left = [
        each
        for child in psutil.Process().children()
        if child not in before
        for each in (child, *_descendants(child))
    ]
    for each in left:
        with suppress(psutil.NoSuchProcess):
            each.terminate()
    _, stubborn = psutil.wait_procs(left, ENDS_WHEN_TOLD_WITHIN_SECONDS)
    for each in stubborn:
        with suppress(psutil.NoSuchProcess):
            each.kill()
    psutil.wait_procs(stubborn, ENDS_WHEN_TOLD_WITHIN_SECONDS)


def _descendants(process: psutil.Process) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return process.children(recursive=True)
    return []
